//! Applications whose clock a test moves, on every store that keeps what waits.

use std::{sync::Arc, time::Duration};

use cqrs::{
    application::ApplicationBuilder, prelude::*, registry::Registry, store::Store,
    subscription::SubscriptionSettings, testing::ManualClock,
};
use cqrs_tests::bank::*;
pub use cqrs_tests::places::places;

pub const MINUTE: Duration = Duration::from_mins(1);

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
