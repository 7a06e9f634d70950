//! A store and a bus on NATS, and nothing else.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use cqrs::{Application, bus::nats::NatsBus, store::nats::NatsStore};
use cqrs_tests::{nats::Prefix, services::Service};

use super::place::{Place, Site, bank};

const PARTITIONS: u16 = 8;

/// After how long a killed worker is taken for dead.
const LEASE: Duration = Duration::from_secs(2);

pub struct OnNats(Prefix);

impl Place for OnNats {
    fn new() -> Self {
        Self(Prefix::new())
    }

    fn address(&self) -> PathBuf {
        self.0.name().into()
    }

    async fn join(address: &Path) -> Site {
        let (server, prefix) = (Service::Nats.address(), address.to_str().expect("a prefix is text"));
        let store = NatsStore::builder().connect(&format!("{server}/{prefix}")).await;
        let broker = NatsBus::builder(server.as_str()).prefix(prefix).partitions(PARTITIONS).lease(LEASE);
        let bus = broker.connect().await.expect("the server answers").commands();
        Site { store: Arc::new(store.expect("the store opens")), bus, registry: bank() }
    }

    async fn table(_app: &Application) -> Option<BTreeMap<String, i64>> {
        None
    }
}
