//! given / when / then for command handler functions.

use cqrs::{
    prelude::*,
    repository::{DecisionError, LoadError},
    testing::{Happened, Rule, aggregates},
};
use serde::{Deserialize, Serialize};

use crate::{
    aggregates::{Account, AccountOpened, BankError, DebitAccount, MoneyCredited, MoneyDebited, Overdraft},
    report,
};

#[derive(Command, Serialize, Deserialize)]
pub struct Transfer {
    #[command(id)]
    pub from: u32,
    pub to: u32,
    pub amount: u64,
}

#[derive(Debug, thiserror::Error)]
pub enum TransferError {
    #[error("only {0} is there")]
    NotEnough(u64),
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

/// What a transfer costs.
pub struct Fee(u64);

#[command_handler]
async fn transfer(
    command: Transfer,
    accounts: Repository<Account>,
    fee: Inject<Fee>,
) -> Result<Vec<Root<Account>>, TransferError> {
    let Transfer { from, to, amount } = command;
    if amount == 0 {
        return Ok(Vec::new());
    }
    let mut from = accounts.load(&from).await?;
    let mut to = accounts.load_or_create(&to).await?;
    let balance = from.state().map_or(0, |account| account.balance);
    if balance < amount {
        return Err(TransferError::NotEnough(balance));
    }
    from.record(MoneyDebited { amount: amount + fee.0 })?;
    to.record(MoneyCredited { amount })?;
    Ok(vec![from, to])
}

fn opened(owner: &str) -> AccountOpened {
    AccountOpened { owner: owner.to_owned() }
}

/// Alice has 10, Bob has nothing, and nobody else has an account.
async fn transferring(from: u32, to: u32, amount: u64) -> Happened<TransferError> {
    aggregates()
        .given::<Account>(&1, (opened("alice"), MoneyCredited { amount: 4 }))
        .given::<Account>(&2, opened("bob"))
        .given::<Account>(&1, MoneyCredited { amount: 6 })
        .with_service(Fee(1))
        .when(Transfer { from, to, amount })
        .await
}

#[tokio::test]
async fn each_root_has_its_events() {
    transferring(1, 2, 9)
        .await
        .then::<Account>(&1, MoneyDebited { amount: 10 })
        .then::<Account>(&2, MoneyCredited { amount: 9 })
        .then::<Account>(&3, ())
        .then_nothing_else()
        .then_state::<Account>(&1, |account| assert_eq!(account.balance, 0))
        .then_state::<Account>(&2, |account| assert_eq!(account.balance, 9));
}

#[tokio::test]
async fn the_domain_refuses() {
    transferring(1, 2, 11)
        .await
        .then_rejected_with(|error| assert!(matches!(error, TransferError::NotEnough(10))))
        .then_state::<Account>(&1, |account| assert_eq!(account.balance, 10));
    transferring(1, 2, 0).await.then_nothing().then_nothing_else();
}

#[tokio::test]
async fn what_does_not_fit_or_is_missing_fails() {
    transferring(1, 3, 5).await.then_failed_with(|error| {
        let said = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
        assert!(said.into_iter().any(|error| error.to_string().contains("no event has built")), "{error}");
    });
    aggregates()
        .given::<Account>(&1, opened("alice"))
        .when(Transfer { from: 1, to: 2, amount: 5 })
        .await
        .then_failed_with(|error| assert!(matches!(error, DispatchError::Argument(_)), "{error}"));
}

#[tokio::test]
async fn methods_are_commands_too() {
    let account = || aggregates().with_service(Overdraft(0));
    account().when(DebitAccount { account: 7, amount: 1 }).await.then_not_allowed(Rule::NotFound);
    account()
        .given::<Account>(&7, opened("alice"))
        .when(DebitAccount { account: 7, amount: 1 })
        .await
        .then_rejected(BankError::NotEnough { balance: 0 });
}

#[tokio::test]
async fn a_check_that_fails_says_what_was_there_instead() {
    let shown =
        report(async { _ = transferring(1, 2, 9).await.then::<Account>(&1, MoneyDebited { amount: 9 }) });
    let difference = "the decision for account/1 is another one\n- expected, + decided\n\n  money-debited (schema version 1) {\n-   \"amount\": 9\n+   \"amount\": 10\n  }\n";
    assert_eq!(shown.await, difference);

    let shown = report(async {
        let happened = transferring(1, 2, 9).await;
        happened.then::<Account>(&1, MoneyDebited { amount: 10 }).then_nothing_else();
    });
    let shown = shown.await;
    assert!(shown.starts_with("expected nothing else, but account/2 has\nmoney-credited"), "{shown}");

    let shown = report(async { _ = transferring(1, 2, 11).await.then_nothing_else() }).await;
    assert!(shown.contains("`rejected`") && shown.contains("only 10 is there"), "{shown}");

    let shown = report(async { _ = transferring(1, 2, 9).await.then_rejected_with(|_| ()) }).await;
    assert!(shown.contains("but it was accepted:\nmoney-debited"), "{shown}");

    let shown = report(async { _ = transferring(1, 2, 9).await.then_state::<Account>(&3, |_| ()) }).await;
    assert_eq!(shown, "expected a state, but account/3 does not exist");

    let impossible = aggregates().given::<Account>(&1, MoneyCredited { amount: 1 });
    let shown = report(async { _ = impossible.when(Transfer { from: 1, to: 2, amount: 1 }).await }).await;
    assert!(shown.contains("no `account` can have the given history"), "{shown}");
}
