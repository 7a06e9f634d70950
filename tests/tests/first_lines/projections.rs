//! What a projection says that cannot go on.

use cqrs::{prelude::*, store::memory::MemoryStore};
use cqrs_tests::bank::{AccountId, AccountOpened, CreditAccount, MoneyCredited, OpenAccount};

use super::says;

#[derive(Debug, thiserror::Error)]
#[error("the ledger takes no {0}")]
struct NotTaken(i64);

#[derive(Projection, Default)]
struct Ledger;

#[event_handler]
impl Ledger {
    fn opened(&mut self, _event: &AccountOpened) {}

    fn credited(&mut self, event: &MoneyCredited) -> Result<(), NotTaken> {
        if event.amount == 13 { Err(NotTaken(13)) } else { Ok(()) }
    }
}

#[tokio::test]
async fn a_projection_that_stopped_says_at_which_event_and_why() {
    let app = Application::builder().store(MemoryStore::new()).start().await.unwrap();
    let account = AccountId::new(7);
    app.dispatch(OpenAccount { account: account.clone(), owner: "alice".into() }).await.unwrap();
    let receipt = app.dispatch(CreditAccount { account, amount: 13 }).await.unwrap();
    let error = app.wait_for::<Ledger>(&receipt).await.unwrap_err();
    says(&error, &["`ledger`", "`money-credited`", "position 2", "account/7", "the ledger takes no 13"]);
}
