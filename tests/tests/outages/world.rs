//! An application on a server that fails, with everything an application has.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Application,
    prelude::*,
    store::postgres::PostgresOptions,
    subscription::{State, SubscriptionSettings},
};
use cqrs_tests::{
    audit::audit,
    bank::{AccountId, Balances, CreditAccount, MoneyCredited, OpenAccount},
    proxy::Proxy,
};

use super::{balances_table::rows, load::ACCOUNTS};

/// How long a test waits for what must come.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Where the server is by way of a proxy.
pub fn address(proxy: &Proxy) -> String {
    format!("postgres://postgres@{}/postgres", proxy.address())
}

/// The positions the event handler saw.
#[derive(Clone, Default)]
pub struct Seen(Arc<Mutex<BTreeSet<u64>>>);

#[event_handler(from = start)]
fn watch(_: &MoneyCredited, position: Position, seen: Inject<Seen>) {
    seen.0.lock().unwrap().insert(position.get());
}

/// An application with both kinds of read model and an event handler, and what the event handler saw.
pub struct World {
    pub app: Application,
    seen: Seen,
}

impl World {
    pub async fn open(address: &str) -> Self {
        Self::open_with(PostgresStore::builder(), address).await
    }

    pub async fn open_with(options: PostgresOptions, address: &str) -> Self {
        let store = options.connect(address).await.expect("the store opens");
        let seen = Seen::default();
        let settings = SubscriptionSettings {
            first_delay: Duration::from_millis(20),
            longest_delay: Duration::from_millis(200),
            lease: Duration::from_secs(1),
            batch: 50,
            ..SubscriptionSettings::default()
        };
        let builder =
            Application::builder().store(store).subscription_settings(settings).provide(seen.clone());
        let app = builder.start().await.expect("the application starts");
        for number in 0..ACCOUNTS {
            let account = AccountId::new(number);
            app.dispatch(OpenAccount { account: account.clone(), owner: "o".into() })
                .await
                .expect("it opens");
            // So much that it covers every transfer.
            app.dispatch(CreditAccount { account, amount: 1_000_000 }).await.expect("it exists");
        }
        Self { app, seen }
    }

    /// Whether everything goes on by itself, and every read model is what the log says.
    pub async fn agrees(&self) {
        let store = self.app.store();
        let told: BTreeMap<_, _> =
            audit(&**store).await.into_iter().map(|(account, told)| (account, told.balance)).collect();
        let head = store.head().await.expect("the store answers");
        let caught_up = async {
            assert_eq!(rows(&self.app).await, told, "what the table holds");
            self.app.wait_for_position::<Balances>(head).await.expect("the projection runs");
            assert_eq!(self.in_memory(), told, "what is in memory");
            self.until_handled(head).await;
        };
        tokio::time::timeout(PATIENCE, caught_up).await.expect("everything catches up");
        let credits = cqrs_tests::audit::all_events(&**store).await;
        let credits = credits.iter().filter(|event| event.envelope.name == "money-credited");
        let positions: BTreeSet<_> = credits.map(|event| event.position.get()).collect();
        assert_eq!(*self.seen.0.lock().unwrap(), positions, "what the event handler saw");
        assert!(self.app.status().iter().all(|status| status.state == State::Running));
        let letters = self.app.dead_letters("watch").list().await.expect("the store answers");
        assert!(letters.is_empty(), "{letters:?}");
    }

    fn in_memory(&self) -> BTreeMap<String, i64> {
        let balances = self.app.projection::<Balances>();
        let read = balances.read();
        read.by_account.iter().map(|(account, balance)| (account.0.clone(), *balance)).collect()
    }

    async fn until_handled(&self, head: Position) {
        let is_there = || {
            let watching = self.app.status().into_iter().find(|status| status.name == "watch");
            watching.is_some_and(|watching| watching.position >= head)
        };
        while !is_there() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}
