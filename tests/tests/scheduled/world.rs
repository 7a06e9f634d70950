//! Applications whose clock a test moves, on every store that keeps what waits.

use std::{any::Any, sync::Arc, time::Duration};

use cqrs::{
    application::ApplicationBuilder, prelude::*, registry::Registry, store::Store,
    subscription::SubscriptionSettings, testing::ManualClock,
};
use cqrs_tests::bank::*;

pub const MINUTE: Duration = Duration::from_mins(1);

/// A store, and what goes with it.
pub struct Place {
    pub store: Arc<dyn Store>,
    /// The same, as another process has it.
    pub of_another: Arc<dyn Store>,
    _goes_with_it: Box<dyn Any>,
}

impl Place {
    fn of(store: impl Store, of_another: impl Store, goes_with_it: impl Any) -> Self {
        let (store, of_another) = (Arc::new(store), Arc::new(of_another));
        Self { store, of_another, _goes_with_it: Box::new(goes_with_it) }
    }
}

/// A place on each store that is there.
pub async fn places() -> Vec<Place> {
    let memory = MemoryStore::new();
    let folder = tempfile::tempdir().unwrap();
    let file = || SqliteStore::open(folder.path().join("store.db")).unwrap();
    let [file, again] = [file(), file()];
    #[cfg_attr(
        not(any(feature = "postgres", feature = "nats")),
        expect(unused_mut, reason = "there are more with them")
    )]
    let mut places = vec![Place::of(memory.clone(), memory, ()), Place::of(file, again, folder)];
    #[cfg(feature = "postgres")]
    if cqrs_tests::postgres::server_answers() {
        let schema = cqrs_tests::postgres::Schema::new();
        places.push(Place::of(schema.store().await, schema.store().await, schema));
    }
    #[cfg(feature = "nats")]
    if cqrs_tests::nats::server_answers() {
        let prefix = cqrs_tests::nats::Prefix::new();
        places.push(Place::of(prefix.store().await, prefix.store().await, prefix));
    }
    places
}

pub fn clock() -> ManualClock {
    ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap())
}

/// What every store can do: a transfer writes two streams.
pub fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<CloseAccount>();
    registry
}

pub fn builder(store: &Arc<dyn Store>) -> ApplicationBuilder {
    let settings = SubscriptionSettings {
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        lease: Duration::from_millis(600),
        ..SubscriptionSettings::default()
    };
    Application::builder()
        .shared_store(Arc::clone(store))
        .registry(registry())
        .subscription_settings(settings)
}

pub async fn opened(builder: ApplicationBuilder) -> Application {
    let app = builder.start().await.unwrap();
    for account in ["a", "b"] {
        app.dispatch(OpenAccount { account: AccountId::new(account), owner: "alice".into() }).await.unwrap();
    }
    app
}

pub fn credit(account: &str, amount: i64) -> CreditAccount {
    CreditAccount { account: AccountId::new(account), amount }
}

pub fn debit(account: &str, amount: i64) -> DebitAccount {
    DebitAccount { account: AccountId::new(account), amount }
}

pub async fn balance(app: &Application, account: &str) -> i64 {
    let account = app.repository::<Account>().load(&AccountId::new(account)).await.unwrap();
    account.state().map_or(0, |account| account.balance)
}
