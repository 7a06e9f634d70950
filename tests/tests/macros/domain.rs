//! A small bank.

use std::collections::HashMap;

use cqrs::{Tag, Uuid, prelude::*};
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
#[serde(transparent)]
pub struct AccountId(pub Uuid);

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[event(name = "account-opened", alias = "account-created", alias = "account-made")]
pub struct AccountOpened {
    #[event(tag)]
    pub owner: String,
    pub balance: i64,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[event(version = 2, oldest = 2)]
pub struct MoneyDebited {
    pub amount: i64,
}

/// Two events in one type.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub enum Address {
    #[event(name = "address-changed", version = 3, oldest = 3, alias = "moved")]
    Changed {
        #[event(tag)]
        city: String,
        zip: u32,
    },
    Confirmed,
    Noted(#[event(tag = "note")] String),
    Pair(u8, u8),
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct AccountClosed;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
#[command(alias = "create-account")]
pub struct OpenAccount {
    #[command(id)]
    pub account: AccountId,
    pub owner: String,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct DebitAccount {
    #[command(id)]
    pub account: AccountId,
    pub amount: i64,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct EnsureAccount(#[command(id)] pub AccountId);

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CloseAccount(#[command(id)] pub AccountId);

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[aggregate(id = AccountId, snapshot_every = 100)]
pub struct Account {
    pub owner: String,
    pub balance: i64,
    pub city: Option<String>,
}

#[event_handler]
impl Account {
    fn opened(event: &AccountOpened) -> Self {
        Self { owner: event.owner.clone(), balance: event.balance, city: None }
    }

    fn debited(&mut self, event: &MoneyDebited) {
        self.balance -= event.amount;
    }

    fn moved(&mut self, event: &Address, envelope: &Envelope) {
        assert_eq!(envelope.stream.category(), "account");
        if let Address::Changed { city, .. } = event {
            self.city = Some(city.clone());
        }
    }

    fn closed(&mut self, _: &AccountClosed) -> Ended {
        Ended
    }
}

#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not enough money")]
pub struct NotEnough;

#[command_handler]
impl Account {
    fn open(command: OpenAccount, id: Id<Self>) -> AccountOpened {
        assert_eq!(*id, command.account);
        AccountOpened { owner: command.owner, balance: 0 }
    }

    async fn debit(&self, command: DebitAccount, limit: Inject<i64>) -> Result<Vec<MoneyDebited>, NotEnough> {
        tokio::task::yield_now().await;
        let amount = command.amount;
        if self.balance + *limit < amount { Err(NotEnough) } else { Ok(vec![MoneyDebited { amount }]) }
    }

    fn ensure(this: Option<&Self>, _: EnsureAccount) -> Option<AccountEvent> {
        let opened = AccountOpened { owner: "nobody".into(), balance: 0 };
        this.is_none().then_some(AccountEvent::Opened(opened))
    }

    fn close(&self, _: CloseAccount) -> (MoneyDebited, AccountClosed) {
        (MoneyDebited { amount: self.balance }, AccountClosed)
    }
}

/// An aggregate whose states have different fields.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[aggregate(id = u64, category = "order-v1", event = OrderFact)]
pub enum Order {
    Placed,
    Shipped { parcel: u64 },
}

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderPlaced;

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderShipped(pub u64);

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct OrderDelivered;

#[event_handler]
impl Order {
    fn placed(_: &OrderPlaced) -> Order {
        Order::Placed
    }

    fn shipped(self, event: &OrderShipped) -> Self {
        assert_eq!(self, Self::Placed);
        Self::Shipped { parcel: event.0 }
    }

    fn delivered(self, _: &OrderDelivered) -> Ended {
        assert!(matches!(self, Self::Shipped { .. }));
        Ended
    }
}

/// The named enum can be taken apart.
pub fn parcel(event: &OrderFact) -> Option<u64> {
    match event {
        OrderFact::Placed(OrderPlaced) | OrderFact::Delivered(OrderDelivered) => None,
        OrderFact::Shipped(OrderShipped(parcel)) => Some(*parcel),
    }
}

#[derive(Projection, Default, Debug)]
#[projection(on_failure = park, alias = "sums", version = 4)]
pub struct Balances {
    pub by_account: HashMap<AccountId, i64>,
    pub debits: u32,
}

#[event_handler]
impl Balances {
    fn debited(&mut self, event: &MoneyDebited, account: Id<Account>, _: Position) -> Result<(), NotEnough> {
        self.debits += 1;
        *self.by_account.entry(account.into_inner()).or_default() -= event.amount;
        if event.amount > 1_000 { Err(NotEnough) } else { Ok(()) }
    }
}

pub const SCHEMA: &str = "CREATE TABLE accounts (id TEXT PRIMARY KEY, owner TEXT NOT NULL)";

#[derive(Projection)]
#[projection(name = "accounts", schema = SCHEMA, reset = "DELETE FROM accounts")]
pub struct AccountsTable;

#[event_handler]
impl AccountsTable {
    fn opened(
        event: &AccountOpened,
        account: Id<Account>,
        tx: &mut SqliteTransaction<'_>,
    ) -> Result<(), SqliteError> {
        tx.execute("INSERT INTO accounts VALUES (?1, ?2)", (account.to_string(), &event.owner)).map(drop)
    }
}

#[event_handler(from = now, alias = "greet")]
async fn send_welcome(
    event: &AccountOpened,
    seen: Inject<std::sync::Mutex<Vec<String>>>,
) -> Result<(), NotEnough> {
    tokio::task::yield_now().await;
    seen.lock().unwrap().push(event.owner.clone());
    Ok(())
}

#[event_handler(from = start, name = "everything")]
fn audit(event: &RecordedEvent) {
    assert!(!event.envelope.name.is_empty());
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Transfer {
    #[command(id)]
    pub from: AccountId,
    pub to: AccountId,
    pub amount: i64,
}

#[command_handler]
fn transfer(command: Transfer, _: Repository<Account>) -> Result<(), NotEnough> {
    if command.amount > 1_000 { Err(NotEnough) } else { Ok(()) }
}

pub fn owner_tag(owner: &str) -> Tag {
    Tag::new("owner", owner)
}
