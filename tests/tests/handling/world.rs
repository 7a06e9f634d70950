//! Handlers of what comes in on the account `source`, which fail where a test says so.

use std::{
    collections::HashSet,
    convert::Infallible,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    event::RecordedEvent, prelude::*, registry::Registry, subscription::SubscriptionSettings,
    testing::TestApplication,
};
use cqrs_tests::bank::*;

/// What the handlers are to do, and what they saw.
#[derive(Debug, Default)]
pub struct Script {
    failing: Mutex<HashSet<&'static str>>,
    notes: Mutex<Vec<String>>,
}

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("told to fail {0}")]
pub struct ToldToFail(&'static str);

impl Script {
    /// One whose handlers fail at these places, each the first time they come to it.
    pub fn failing(places: impl IntoIterator<Item = &'static str>) -> Arc<Self> {
        Arc::new(Self { failing: Mutex::new(places.into_iter().collect()), notes: Mutex::default() })
    }

    pub fn at(&self, place: &'static str) -> Result<(), ToldToFail> {
        if self.failing.lock().unwrap().remove(place) { Err(ToldToFail(place)) } else { Ok(()) }
    }

    pub fn note(&self, note: impl Into<String>) {
        self.notes.lock().unwrap().push(note.into());
    }

    pub fn notes(&self) -> Vec<String> {
        self.notes.lock().unwrap().clone()
    }

    pub fn has_failed_everywhere(&self) -> bool {
        self.failing.lock().unwrap().is_empty()
    }
}

/// An application on each kind of store, with these event handlers and no others.
pub async fn applications(handlers: &[&str], script: &Arc<Script>) -> Vec<TestApplication> {
    let mut applications = Vec::new();
    for builder in [TestApplication::builder(), TestApplication::builder().on_file()] {
        let settings = SubscriptionSettings {
            attempts: 1_000,
            first_delay: Duration::from_millis(1),
            longest_delay: Duration::from_millis(5),
            ..SubscriptionSettings::default()
        };
        let app = builder
            .registry(only(handlers))
            .provide(Arc::clone(script))
            .with(|app| app.subscription_settings(settings))
            .start()
            .await;
        for account in ["source", "a", "b"] {
            let open = OpenAccount { account: AccountId::new(account), owner: format!("owner of {account}") };
            app.dispatch(open).await.unwrap();
        }
        applications.push(app);
    }
    applications
}

fn only(handlers: &[&str]) -> Registry {
    let all = Registry::collect();
    let names: Vec<_> = all.event_handlers().iter().map(|entry| entry.name).collect();
    let others = names.into_iter().filter(|name| !handlers.contains(name));
    others.fold(all, Registry::without_named)
}

pub fn credit(account: &str, amount: i64) -> CreditAccount {
    CreditAccount { account: AccountId::new(account), amount }
}

/// The amounts that came in on an account, and the command that each came by.
pub async fn credits(app: &Application, account: &str) -> Vec<(i64, RecordedEvent)> {
    let all = app.history().all().collect().await.unwrap();
    let mut credits = Vec::new();
    for event in all {
        if event.envelope.stream.key() == account && event.envelope.name == "money-credited" {
            credits.push((event.decode::<MoneyCredited>().unwrap().amount, event));
        }
    }
    credits
}

pub async fn amounts(app: &Application, account: &str) -> Vec<i64> {
    credits(app, account).await.into_iter().map(|(amount, _)| amount).collect()
}

/// Whether the event is one that a test sends: what the handlers send must not call them again.
pub fn is_from_outside(account: &Id<Account>) -> bool {
    account.0 == "source"
}

/// What a handler may fail with.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    #[error(transparent)]
    Told(#[from] ToldToFail),
    #[error(transparent)]
    Refused(#[from] DispatchError<BankError>),
    #[error(transparent)]
    ByName(#[from] DispatchError<cqrs::dispatch::AnyRejection>),
    #[error(transparent)]
    Later(#[from] DispatchError<Infallible>),
}
