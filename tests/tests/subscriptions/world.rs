//! Handlers that do as they are told and say what they did.

use std::{
    collections::HashSet,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use cqrs::{
    handler::{
        ArgumentInfo, BoxError, EventContext, EventHandler, EventHandlerInfo, HandledEvent, StartFrom,
        argument,
    },
    prelude::*,
    registry::Registry,
    services::ServiceType,
    store::{DeadLetter, Store},
    subscription::SubscriptionSettings,
};
use cqrs_tests::bank::*;
use futures_util::future::BoxFuture;
use tokio::sync::{Notify, watch};

/// One call of a handler.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    pub handler: &'static str,
    pub account: String,
    pub amount: i64,
    pub at: Instant,
}

/// What the handlers are to do, and what they did. Amounts tell the events apart.
#[derive(Debug)]
pub struct Probe {
    calls: watch::Sender<Vec<Call>>,
    /// Amounts whose handling fails.
    pub failing: Mutex<HashSet<i64>>,
    /// Amounts whose handling panics.
    pub panicking: Mutex<HashSet<i64>>,
    /// Amounts whose handling waits for `go_on`.
    pub hanging: Mutex<HashSet<i64>>,
    pub go_on: Notify,
}

impl Probe {
    pub fn new() -> Arc<Self> {
        let (failing, panicking, hanging) = Default::default();
        Arc::new(Self { calls: watch::Sender::default(), failing, panicking, hanging, go_on: Notify::new() })
    }

    pub fn fail(&self, amount: i64) {
        self.failing.lock().unwrap().insert(amount);
    }

    pub fn mend(&self) {
        self.failing.lock().unwrap().clear();
        self.panicking.lock().unwrap().clear();
    }

    pub fn hang(&self, amounts: impl IntoIterator<Item = i64>) {
        self.hanging.lock().unwrap().extend(amounts);
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.borrow().clone()
    }

    /// The amounts one handler was called with, in order.
    pub fn amounts(&self, handler: &str) -> Vec<i64> {
        self.calls().iter().filter(|call| call.handler == handler).map(|call| call.amount).collect()
    }

    /// Waits until the handler was called with this amount.
    pub async fn until_called(&self, handler: &str, amount: i64) {
        let mut calls = self.calls.subscribe();
        let called =
            |calls: &Vec<Call>| calls.iter().any(|call| call.handler == handler && call.amount == amount);
        let waiting = tokio::time::timeout(PATIENCE, calls.wait_for(called)).await;
        assert!(
            waiting.is_ok(),
            "`{handler}` was not called with {amount}, but: {:?}",
            self.amounts(handler)
        );
    }

    pub fn note(&self, handler: &'static str, account: String, amount: i64) {
        self.calls.send_modify(|calls| calls.push(Call { handler, account, amount, at: Instant::now() }));
    }

    /// Does as it was told for this amount.
    pub fn obey(&self, amount: i64) -> Result<(), ToldToFail> {
        assert!(!self.panicking.lock().unwrap().contains(&amount), "told to panic at {amount}");
        if self.failing.lock().unwrap().contains(&amount) { Err(ToldToFail(amount)) } else { Ok(()) }
    }

    async fn called(&self, handler: &'static str, account: String, amount: i64) -> Result<(), BoxError> {
        self.note(handler, account, amount);
        if self.hanging.lock().unwrap().contains(&amount) {
            self.go_on.notified().await;
        }
        Ok(self.obey(amount)?)
    }
}

#[derive(Debug, thiserror::Error)]
#[error("told to fail at {0}")]
pub struct ToldToFail(pub i64);

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_secs(20);

/// Declares an event handler of credits by hand, so that a test registers it or does not.
macro_rules! handler {
    ($type:ident, $name:literal, $from:ident, $aliases:expr) => {
        #[derive(Debug)]
        pub struct $type;

        impl EventHandler for $type {
            type Event = MoneyCredited;

            const NAME: &'static str = $name;
            const ALIASES: &'static [&'static str] = $aliases;
            const FROM: StartFrom = StartFrom::$from;
            const INFO: EventHandlerInfo =
                EventHandlerInfo::new($name, <MoneyCredited as HandledEvent>::KINDS)
                    .taking(&[ArgumentInfo::Service(ServiceType::of::<Arc<Probe>>())])
                    .fallible(true);

            fn handle<'a>(
                event: &'a MoneyCredited,
                context: &'a EventContext<'a>,
            ) -> BoxFuture<'a, Result<(), BoxError>> {
                Box::pin(async move {
                    let probe = argument::<Inject<Arc<Probe>>>(context)?;
                    let account = argument::<Id<Account>>(context)?;
                    probe.called($name, account.0.clone(), event.amount).await
                })
            }
        }
    };
}

handler!(Watcher, "watcher", Start, &[]);
handler!(Newcomer, "newcomer", Now, &[]);
handler!(Renamed, "observer", Start, &["watcher"]);
handler!(Namesake, "watcher", Start, &[]);
handler!(Reserved, "mail/0", Now, &["mail/1"]);
handler!(LikeABuild, "ledger@2", Now, &[]);

/// Short waits, so that tests of waiting are short.
pub fn quick() -> SubscriptionSettings {
    SubscriptionSettings {
        attempts: 2,
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        lease: Duration::from_millis(600),
        ..SubscriptionSettings::default()
    }
}

pub fn write_model() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry
}

/// An application that runs what the test registers.
pub async fn app_with(
    store: impl Store,
    probe: &Arc<Probe>,
    settings: SubscriptionSettings,
    register: impl FnOnce(&mut Registry),
) -> Application {
    let mut registry = write_model();
    register(&mut registry);
    let builder = Application::builder().store(store).registry(registry).subscription_settings(settings);
    builder.provide(Arc::clone(probe)).start().await.unwrap()
}

pub async fn watching(store: impl Store, probe: &Arc<Probe>) -> Application {
    app_with(store, probe, quick(), Registry::event_handler::<Watcher>).await
}

/// Credits an account, which is opened on first sight.
pub async fn credit(app: &Application, account: &str, amount: i64) -> Receipt {
    let credit = CreditAccount { account: AccountId::new(account), amount };
    match app.dispatch(credit.clone()).await {
        Err(DispatchError::NotFound(_)) => {
            let open = OpenAccount { account: AccountId::new(account), owner: "alice".into() };
            app.dispatch(open).await.unwrap();
            app.dispatch(credit).await.unwrap()
        }
        outcome => outcome.unwrap(),
    }
}

/// Waits until the dead letters are as wanted.
pub async fn until_letters(
    app: &Application,
    name: &str,
    wanted: impl Fn(&[DeadLetter]) -> bool,
) -> Vec<DeadLetter> {
    let found = async {
        loop {
            let letters = app.dead_letters(name).list().await.unwrap();
            let letters: Vec<_> = letters.into_iter().map(|letter| letter.letter).collect();
            if wanted(&letters) {
                return letters;
            }
            // Nothing tells of a dead letter: it is looked for.
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let Ok(letters) = tokio::time::timeout(PATIENCE, found).await else {
        panic!("the dead letters stay {:?}", app.dead_letters(name).list().await)
    };
    letters
}

/// Waits until the kept checkpoint of a subscription is at the event or beyond.
pub async fn until_checkpoint(app: &Application, name: &str, position: Position) {
    let reached = async {
        while app.store().subscription(name).await.unwrap().is_none_or(|found| found.position < position) {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, reached).await.expect("the checkpoint is reached");
}
