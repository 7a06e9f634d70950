//! An event that cannot be read at the head of a long stream costs a page, and not the stream.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use cqrs::{
    EventId, Metadata, StreamId,
    event::{DecodeReason, Payload},
    prelude::*,
    registry::Registry,
    repository::LoadError,
    store::{Append, Expected, NewEvent, Store, StreamWrite, memory::MemoryStore, sqlite::Synchronous},
};
use cqrs_tests::bank::{Account, AccountId, CreditAccount, OpenAccount};
#[cfg(feature = "nats")]
use cqrs_tests::nats;
#[cfg(feature = "postgres")]
use cqrs_tests::postgres;

/// Release 0.1.0 took some seconds: it read on one event a page.
const LONG: Duration = Duration::from_secs(2);

fn event(name: &str, json: &str) -> NewEvent {
    NewEvent {
        id: EventId::generate(),
        name: name.into(),
        schema_version: 1,
        payload: Payload::from_json(json),
        tags: vec![],
    }
}

/// An event that nobody knows, and so many that everybody does, a few thousand in each append.
async fn fill(store: &dyn Store, count: usize) {
    let mut left = vec![event("nobody-knows-it", "{}")];
    left.extend((0..count).map(|_| event("money-credited", r#"{"amount":1}"#)));
    for part in left.chunks(4_000) {
        let (stream, events) = (StreamId::new("account", "a"), part.to_vec());
        let writes = vec![StreamWrite { stream, expected: Expected::Any, events }];
        store.append(Append { writes, command: None, metadata: Metadata::new() }).await.unwrap();
    }
}

async fn is_told_at_once(store: Arc<dyn Store>, count: usize) {
    fill(&*store, count).await;
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    let app = Application::builder().shared_store(store).registry(registry).start().await.unwrap();
    let began = Instant::now();
    let credit = CreditAccount { account: AccountId::new("a"), amount: 1 };
    let error = app.dispatch(credit).await.unwrap_err();
    let took = began.elapsed();
    let DispatchError::Load(LoadError::Decode(error)) = error else { panic!("{error:?}") };
    assert_eq!((error.version, &*error.name), (Version::new(1), "nobody-knows-it"));
    assert!(matches!(error.reason, DecodeReason::UnknownName), "{error}");
    assert!(took < LONG, "{} events: {took:?}", count + 1);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn in_memory() {
    is_told_at_once(Arc::new(MemoryStore::new()), 100_000).await;
}

#[tokio::test]
async fn on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteStore::builder().synchronous(Synchronous::Off);
    is_told_at_once(Arc::new(options.open(folder.path().join("long.db")).unwrap()), 100_000).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn on_postgres() {
    if postgres::server_answers() {
        is_told_at_once(Arc::new(postgres::Schema::new().store().await), 20_000).await;
    }
}

#[cfg(feature = "nats")]
#[tokio::test]
async fn on_nats() {
    if nats::server_answers() {
        let prefix = nats::Prefix::new();
        is_told_at_once(Arc::new(prefix.store().await), 8_000).await;
    }
}
