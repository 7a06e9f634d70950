//! What the tests of faults share.

use cqrs::{
    EventId, Metadata, StreamId,
    event::Payload,
    prelude::*,
    registry::Registry,
    store::{Append, Appended, EventStore, Expected, NewEvent, Store, StoreError, StreamWrite},
};
use cqrs_tests::bank::*;

/// The write model of the bank, and what the test adds.
pub async fn bank_with(store: impl Store, register: impl FnOnce(&mut Registry)) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<Transfer>();
    register(&mut registry);
    Application::builder().store(store).registry(registry).start().await.unwrap()
}

pub async fn bank(store: impl Store) -> Application {
    bank_with(store, |_| ()).await
}

pub fn open(account: &str) -> OpenAccount {
    OpenAccount { account: AccountId::new(account), owner: "alice".into() }
}

pub fn credit(account: &str, amount: i64) -> CreditAccount {
    CreditAccount { account: AccountId::new(account), amount }
}

pub fn debit(account: &str, amount: i64) -> DebitAccount {
    DebitAccount { account: AccountId::new(account), amount }
}

pub fn stream(account: &str) -> StreamId {
    StreamId::of("account", account)
}

pub fn event(name: &str, json: &str) -> NewEvent {
    let (id, payload) = (EventId::generate(), Payload::from_json(json));
    NewEvent { id, name: name.into(), schema_version: 1, payload, tags: vec![] }
}

pub fn opened() -> NewEvent {
    event("account-opened", r#"{"owner":"alice"}"#)
}

pub fn credited(amount: i64) -> NewEvent {
    event("money-credited", &format!(r#"{{"amount":{amount}}}"#))
}

/// Appends beside every dispatcher.
pub async fn append(
    store: &dyn EventStore,
    writes: impl IntoIterator<Item = (StreamId, Expected, Vec<NewEvent>)>,
) -> Result<Appended, StoreError> {
    let writes =
        writes.into_iter().map(|(stream, expected, events)| StreamWrite { stream, expected, events });
    store.append(Append { writes: writes.collect(), command: None, metadata: Metadata::new() }).await
}

/// Both kinds of store.
pub async fn both<F: Future<Output = ()>>(check: impl Fn(std::sync::Arc<dyn Store>) -> F) {
    check(std::sync::Arc::new(cqrs::store::memory::MemoryStore::new())).await;
    let folder = tempfile::tempdir().unwrap();
    check(std::sync::Arc::new(SqliteStore::open(folder.path().join("bank.db")).unwrap())).await;
}

pub async fn shared(store: std::sync::Arc<dyn Store>) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}
