//! Where the scenario runs.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
};

use cqrs::{Application, bus::CommandBus, registry::Registry, store::Store};
use cqrs_tests::bank::{Account, Balances, CreditAccount, DebitAccount, OpenAccount};

/// Names on servers, for a store and a bus, which go with the test.
pub trait Place: Send + Sync + 'static {
    /// Names that nobody else uses.
    fn new() -> Self;

    /// What another process needs to know to find it.
    fn address(&self) -> PathBuf;

    /// The store and the bus as one process has them.
    async fn join(address: &Path) -> Site;

    /// What the read model in the database says, once it has caught up; `None` where the store has no such.
    async fn table(app: &Application) -> Option<BTreeMap<String, i64>>;
}

/// A store and a bus as one process has them, and what the process does with them.
pub struct Site {
    pub store: Arc<dyn Store>,
    pub bus: CommandBus,
    pub registry: Registry,
}

impl Site {
    /// The application of the process.
    pub async fn start(&self) -> Application {
        let builder = Application::builder().shared_store(Arc::clone(&self.store));
        builder.registry(self.registry.clone()).start().await.expect("the application starts")
    }
}

/// The part of the bank that runs anywhere.
pub fn bank() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.projection::<Balances>();
    registry
}
