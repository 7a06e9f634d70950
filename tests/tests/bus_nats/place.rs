//! Prefixes to test with.

use std::time::Duration;

use cqrs::{
    bus::{Address, CommandBus, EventBus, nats::NatsBus},
    testing::bus::Buses,
};
use cqrs_tests::{nats::Prefix, services::Service};

/// Few, so that the checks have several keys in one.
pub const PARTITIONS: u16 = 4;

/// Short, so that nobody waits long for the dead.
pub const LEASE: Duration = Duration::from_secs(1);

/// A prefix on the server, and everything under it, which goes with the test.
pub struct Place {
    prefix: Prefix,
}

impl Place {
    pub fn new() -> Self {
        Self { prefix: Prefix::new() }
    }

    pub fn prefix(&self) -> &Prefix {
        &self.prefix
    }

    pub async fn broker(&self) -> NatsBus {
        self.broker_at(Service::Nats.address()).await
    }

    /// The same server, by another way.
    pub async fn broker_at(&self, address: impl Into<Address>) -> NatsBus {
        let options =
            NatsBus::builder(address).prefix(self.prefix.name()).partitions(PARTITIONS).lease(LEASE);
        options.connect().await.expect("the server should answer")
    }
}

impl Buses for Place {
    async fn command_bus(&self) -> CommandBus {
        self.broker().await.commands()
    }

    async fn event_bus(&self) -> EventBus {
        self.broker().await.events()
    }

    fn capacity(&self) -> Option<usize> {
        None
    }
}
