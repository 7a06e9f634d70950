//! Applications whose clock a test moves, on every store that keeps what waits.

use std::{sync::Arc, time::Duration};

use cqrs::{
    application::ApplicationBuilder, prelude::*, registry::Registry, store::Store,
    subscription::SubscriptionSettings, testing::ManualClock,
};
use cqrs_tests::bank::*;

pub const MINUTE: Duration = Duration::from_mins(1);

/// A store, and what goes with it.
pub struct Place {
    pub store: Arc<dyn Store>,
    _folder: Option<tempfile::TempDir>,
    #[cfg(feature = "postgres")]
    _schema: Option<cqrs_tests::postgres::Schema>,
}

impl Place {
    fn of(store: impl Store) -> Self {
        Self {
            store: Arc::new(store),
            _folder: None,
            #[cfg(feature = "postgres")]
            _schema: None,
        }
    }
}

/// A place on each store that is there.
pub async fn places() -> Vec<Place> {
    let folder = tempfile::tempdir().unwrap();
    let file = SqliteStore::open(folder.path().join("store.db")).unwrap();
    let file = Place { _folder: Some(folder), ..Place::of(file) };
    #[cfg_attr(not(feature = "postgres"), expect(unused_mut, reason = "there is one more with it"))]
    let mut places = vec![Place::of(MemoryStore::new()), file];
    #[cfg(feature = "postgres")]
    if cqrs_tests::postgres::server_answers() {
        let schema = cqrs_tests::postgres::Schema::new();
        let store = schema.store().await;
        places.push(Place { _schema: Some(schema), ..Place::of(store) });
    }
    places
}

pub fn clock() -> ManualClock {
    ManualClock::at("2026-01-01T00:00:00Z".parse().unwrap())
}

pub fn registry() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<CloseAccount>();
    registry.command::<Transfer>();
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
