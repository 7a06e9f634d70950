//! The conformance suite of stores: what [`EventStore`](crate::store::EventStore) and its sisters promise, as
//! checks that any store can be put to.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cqrs::store::{Store, sqlite::SqliteStore};
//! use cqrs::testing::store::{BoxFuture, StorePlace};
//!
//! struct File(tempfile::TempDir);
//!
//! impl StorePlace for File {
//!     fn open(&self) -> BoxFuture<'_, Arc<dyn Store>> {
//!         Box::pin(async { Arc::new(SqliteStore::open(self.0.path().join("store.db")).unwrap()) as _ })
//!     }
//! }
//!
//! cqrs::store_conformance_tests!(File(tempfile::tempdir().unwrap()));
//! ```
//!
//! A process that dies is a test of its own: see [`crash`].
//!
//! Being a testing kit, it panics where a store breaks a promise, and says which.

mod appends;
mod checks;
mod claimed;
mod claims;
mod closing;
mod commands;
mod contention;
pub mod crash;
mod dead_letters;
mod dropping;
mod failures;
mod fixtures;
mod groups;
mod guards;
mod inbox;
mod leases;
mod model;
mod names;
mod opened;
mod pages;
mod processes;
mod queries;
mod rare;
mod reopening;
mod report;
mod same;
mod sameness;
mod schedule;
mod seeds;
mod settling;
mod several_streams;
mod sizes;
mod snapshots;
mod subscriptions;
mod waking;
mod wholeness;

use std::{
    io::{self, Write as _},
    sync::Arc,
};

use crate::store::Store;

use opened::Opened;

/// What [`StorePlace::open`] returns.
pub use crate::store::BoxFuture;
pub use checks::CHECKS;
pub use model::{Model, ModelWrite};
pub use report::{Needs, Outcome, Report};

/// A place where a store lives: a file, a schema of a database, a bit of memory.
///
/// The suite makes a new one for each check.
pub trait StorePlace: Send + Sync {
    /// Opens the store. The first time it is empty; later a durable one has the content it had when it was closed.
    /// One that is not durable is opened once. One that several processes may use, which its
    /// [poll interval](crate::store::Capabilities::poll_interval) tells, is also opened while it is open.
    fn open(&self) -> BoxFuture<'_, Arc<dyn Store>>;
}

/// One promise of a store, put to the test.
#[derive(Clone, Copy, Debug)]
pub struct Check {
    /// The promise.
    pub name: &'static str,
    /// What the store must be able to do for it to make sense.
    pub needs: Needs,
    run: for<'a> fn(Opened<'a>) -> BoxFuture<'a, ()>,
}

impl Check {
    /// The check with this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        CHECKS.iter().find(|check| check.name == name)
    }

    /// Puts the store of a fresh place to the check, on a runtime of several threads.
    ///
    /// # Panics
    /// If the store breaks the promise, or the runtime cannot be made.
    pub fn run(&self, place: &dyn StorePlace) -> Outcome {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(4).enable_all().build().expect("the runtime should start");
        runtime.block_on(async {
            let store = place.open().await;
            if !self.needs.are_met_by(&store.capabilities()) {
                return Outcome::Skipped(self.needs);
            }
            (self.run)(Opened::new(store, place)).await;
            Outcome::Passed
        })
    }

    /// The same; that it was skipped is said where a test harness does not keep it to itself.
    #[doc(hidden)]
    pub fn run_aloud(&self, place: &dyn StorePlace) {
        if let Outcome::Skipped(needs) = self.run(place) {
            // Without a terminal nobody wants to know.
            let _ = writeln!(io::stderr(), "not tested: {}: the store has no {needs}", self.name);
        }
    }
}

/// Puts a store to every check, each in a place of its own, and tells which were skipped, and why.
///
/// # Panics
/// At the first promise the store breaks.
pub fn run_all<P: StorePlace>(place: impl Fn() -> P) -> Report {
    CHECKS.iter().map(|check| (check.name, check.run(&place()))).collect()
}

/// Writes one `#[test]` for each check of the suite; the argument makes a new
/// [`StorePlace`](crate::testing::store::StorePlace).
///
/// A second argument tells whether the store can be tested at all, such as `if server_answers()`; where it cannot, the
/// tests pass without having done anything, so it should say on the terminal what is missing.
#[macro_export]
macro_rules! store_conformance_tests {
    ($place:expr) => {
        $crate::store_conformance_tests!($place, if true);
    };
    ($place:expr, if $available:expr) => {
        $crate::__store_checks! { __store_test [$place, $available] }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! __store_test {
    ([$place:expr, $available:expr] $($module:ident :: $check:ident : $needs:ident),* $(,)?) => { $(
        #[test]
        fn $check() {
            if $available {
                let check = $crate::testing::store::Check::named(stringify!($check));
                let check = check.expect("the suite should have the check");
                check.run_aloud(&$place);
            }
        }
    )* };
}
