//! Sending a command until something has come of it.

use std::{future::IntoFuture, time::Duration};

use bank::BankError;
use cqrs::{
    dispatch::{DispatchError, Receipt},
    repository::LoadError,
};
use tokio::time::sleep;

/// What came of a command.
type Outcome = Result<Receipt, DispatchError<BankError>>;

/// How often a command is sent where trying again may help, as with a file that another process has locked.
const ATTEMPTS: u32 = 10;

/// Sends a command, again if that may help. Its id makes that harmless.
pub(super) async fn send<C: Clone, D: IntoFuture<Output = Outcome>>(
    command: &C,
    dispatch: impl Fn(C) -> D,
) -> Outcome {
    let mut attempt = 1;
    loop {
        match dispatch(command.clone()).await {
            Err(error) if error.is_transient() && attempt < ATTEMPTS => {
                sleep(Duration::from_millis(50) * attempt).await;
                attempt += 1;
            }
            outcome => return outcome,
        }
    }
}

/// Tells what is wrong with this one row, within, from what would be wrong with every other as well.
pub(super) fn settle(outcome: Outcome) -> anyhow::Result<Outcome> {
    match outcome {
        Ok(receipt) => Ok(Ok(receipt)),
        Err(error) if concerns_one_account(&error) => Ok(Err(error)),
        Err(error) => Err(error.into()),
    }
}

fn concerns_one_account(error: &DispatchError<BankError>) -> bool {
    matches!(
        error,
        DispatchError::Rejected(_)
            | DispatchError::CommandIdReused { .. }
            | DispatchError::Ended(_)
            | DispatchError::InvalidDecision(_)
            | DispatchError::Load(LoadError::Decode(_) | LoadError::Fold { .. })
    )
}
