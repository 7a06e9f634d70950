use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct AccountId(String);

#[derive(Event, Serialize, Deserialize)]
pub struct AccountOpened { owner: String }
#[derive(Event, Serialize, Deserialize)]
pub struct MoneyCredited { amount: i64 }
#[derive(Event, Serialize, Deserialize)]
pub struct MoneyDebited { amount: i64 }

#[derive(Command, Serialize, Deserialize)]
pub struct OpenAccount { #[command(id)] account: AccountId, owner: String }
#[derive(Command, Serialize, Deserialize)]
pub struct CreditAccount { #[command(id)] account: AccountId, amount: i64 }
#[derive(Command, Serialize, Deserialize)]
pub struct DebitAccount { #[command(id)] account: AccountId, amount: i64 }

#[derive(Debug, thiserror::Error)]
#[error("the balance of {0} does not cover {1}")]
pub struct NotCovered(i64, i64);

#[derive(Aggregate, Serialize, Deserialize)]
#[aggregate(id = AccountId)]
pub struct Account { owner: String, balance: i64 }

#[event_handler]
impl Account {
    fn opened(event: &AccountOpened) -> Self { Self { owner: event.owner.clone(), balance: 0 } }
    fn credited(&mut self, event: &MoneyCredited) { self.balance += event.amount }
    fn debited(&mut self, event: &MoneyDebited) { self.balance -= event.amount }
}

#[command_handler]
impl Account {
    fn open(command: OpenAccount) -> AccountOpened { AccountOpened { owner: command.owner } }
    fn credit(&self, command: CreditAccount) -> MoneyCredited { MoneyCredited { amount: command.amount } }
    fn debit(&self, command: DebitAccount) -> Result<MoneyDebited, NotCovered> {
        if self.balance < command.amount { return Err(NotCovered(self.balance, command.amount)) }
        Ok(MoneyDebited { amount: command.amount })
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("first-domain-{}.db", std::process::id()));
    let app = Application::builder().store(SqliteStore::open(&file)?).start().await?;
    let account = AccountId("4711".into());
    app.dispatch(OpenAccount { account: account.clone(), owner: "Alice".into() }).await?;
    app.dispatch(CreditAccount { account: account.clone(), amount: 100 }).await?;
    let receipt = app.dispatch(DebitAccount { account: account.clone(), amount: 30 }).actor("alice").await?;
    assert_eq!(receipt.version(), Version::new(3));
    assert!(matches!(app.dispatch(DebitAccount { account, amount: 80 }).await, Err(DispatchError::Rejected(_))));
    Ok(app.shutdown().await?)
}
