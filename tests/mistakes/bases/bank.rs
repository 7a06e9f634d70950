//! The README's first domain, with a read model in memory and one in SQLite, a side effect, a service, and a command over
//! two accounts.

use std::collections::HashMap;

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
#[derive(Command, Serialize, Deserialize)]
pub struct Transfer { #[command(id)] from: AccountId, to: AccountId, amount: i64 }

#[derive(Debug, thiserror::Error)]
pub enum BankError {
    #[error("the balance of {0} does not cover {1}")]
    NotCovered(i64, i64),
    #[error(transparent)]
    Load(#[from] cqrs::repository::LoadError),
    #[error(transparent)]
    Decision(#[from] cqrs::repository::DecisionError),
}

pub struct Rates;
impl Rates {
    fn fee(&self, amount: i64) -> i64 { amount / 100 }
}

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
    fn debit(&self, command: DebitAccount, rates: Inject<Rates>) -> Result<MoneyDebited, BankError> {
        let amount = command.amount + rates.fee(command.amount);
        if self.balance < amount { return Err(BankError::NotCovered(self.balance, amount)) }
        Ok(MoneyDebited { amount })
    }
}

#[command_handler]
async fn transfer(command: Transfer, accounts: Repository<Account>) -> Result<(Root<Account>, Root<Account>), BankError> {
    let mut from = accounts.load(&command.from).await?;
    let mut to = accounts.load(&command.to).await?;
    from.record(MoneyDebited { amount: command.amount })?;
    to.record(MoneyCredited { amount: command.amount })?;
    Ok((from, to))
}

#[derive(Projection, Default)]
pub struct Balances { by_account: HashMap<AccountId, i64> }

#[event_handler]
impl Balances {
    fn credited(&mut self, event: &MoneyCredited, account: Id<Account>) {
        *self.by_account.entry(account.clone()).or_default() += event.amount;
    }
}

#[derive(Projection)]
#[projection(name = "owners", version = 1, schema = "CREATE TABLE owners (account TEXT PRIMARY KEY, owner TEXT)")]
pub struct Owners;

#[event_handler]
impl Owners {
    fn opened(event: &AccountOpened, account: Id<Account>, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
        tx.prepare_cached("INSERT INTO owners VALUES (?1, ?2)")?.execute((account.to_string(), &event.owner))?;
        Ok(())
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the mail could not be sent")]
pub struct MailError;
pub struct Mailer;
impl Mailer {
    async fn send(&self, _to: &str) -> Result<(), MailError> { Ok(()) }
}

#[event_handler(from = now)]
async fn welcome(event: &AccountOpened, mailer: Inject<Mailer>) -> Result<(), MailError> {
    mailer.send(&event.owner).await
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let store = SqliteStore::open("bank.db")?;
    let app = Application::builder().store(store).provide(Mailer).provide(Rates).start().await?;
    let (alice, bob) = (AccountId("alice".into()), AccountId("bob".into()));
    app.dispatch(OpenAccount { account: alice.clone(), owner: "Alice".into() }).await?;
    app.dispatch(OpenAccount { account: bob.clone(), owner: "Bob".into() }).await?;
    app.dispatch(CreditAccount { account: alice.clone(), amount: 100 }).await?;
    app.dispatch(DebitAccount { account: alice.clone(), amount: 30 }).actor("alice").await?;
    let receipt = app.dispatch(Transfer { from: alice, to: bob.clone(), amount: 30 }).await?;
    app.wait_for::<Balances>(&receipt).await?;
    assert_eq!(app.projection::<Balances>().read().by_account[&bob], 30);
    Ok(app.shutdown().await?)
}
