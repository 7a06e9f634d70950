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
//! Being a testing kit, it panics where a store breaks a promise, and says which.

mod appends;
mod checks;
mod closing;
mod commands;
mod contention;
mod dead_letters;
mod dropping;
mod failures;
mod fixtures;
mod groups;
mod inbox;
mod leases;
mod model;
mod opened;
mod pages;
mod queries;
mod reopening;
mod several_streams;
mod sizes;
mod snapshots;
mod subscriptions;

use std::sync::Arc;

use crate::store::{Capabilities, Idempotency, Store};

use opened::Opened;

pub use checks::CHECKS;
/// What [`StorePlace::open`] returns.
pub use futures_util::future::BoxFuture;
pub use model::{Model, ModelWrite};

/// A place where a store lives: a file, a schema of a database, a bit of memory.
///
/// The suite makes a new one for each check.
pub trait StorePlace: Send + Sync {
    /// Opens the store. The first time it is empty; later a durable one has the content it had when it was closed.
    /// One that is not durable is opened once.
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

/// What a check needs of a store beside the promises that all of them keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing.
    Nothing,
    /// Appends to several streams.
    SeveralStreams,
    /// That a command id is never accepted twice, whichever streams it is for.
    IdempotencyAcrossStreams,
    /// Appends of ten thousand events.
    LargeAppends,
    /// That its content outlives the process.
    Durability,
}

impl Needs {
    /// Whether an engine has it.
    pub fn are_met_by(self, capabilities: &Capabilities) -> bool {
        match self {
            Self::Nothing => true,
            Self::SeveralStreams => capabilities.several_streams,
            Self::IdempotencyAcrossStreams => capabilities.idempotency == Idempotency::Store,
            Self::LargeAppends => capabilities.largest_append.is_none_or(|largest| largest >= 10_000),
            Self::Durability => capabilities.durable,
        }
    }
}

/// How a check went. One that fails panics instead.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The store keeps the promise.
    Passed,
    /// The store does not make it.
    Skipped(Needs),
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
}

/// Puts a store to every check, each in a place of its own, and tells which were skipped.
///
/// # Panics
/// At the first promise the store breaks.
pub fn run_all<P: StorePlace>(place: impl Fn() -> P) -> Vec<(&'static str, Outcome)> {
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
                if let $crate::testing::store::Outcome::Skipped(needs) = check.run(&$place) {
                    ::std::eprintln!("not tested: {}: the store has no {needs:?}", check.name);
                }
            }
        }
    )* };
}
