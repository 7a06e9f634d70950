//! Prefixes on RabbitMQ to test with.

use std::sync::atomic::{AtomicU32, Ordering};

use cqrs::{
    bus::{Address, CommandBus, EventBus, rabbitmq::RabbitMqBus},
    testing::bus::Buses,
};
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};

use crate::services::{Service, aside};

/// Few, so that the checks have several keys in one.
pub const PARTITIONS: u16 = 4;

/// Where the broker is.
pub fn address() -> String {
    Service::RabbitMq.address()
}

/// Its host and port.
pub fn server() -> String {
    let address = address();
    address.rsplit(['@', '/']).find(|part| part.contains(':')).unwrap_or("127.0.0.1:5672").to_owned()
}

/// Whether there is a broker to test with.
pub fn broker_answers() -> bool {
    Service::RabbitMq.answers()
}

/// A connection of the test's own.
pub async fn connect() -> lapin::Result<Connection> {
    Connection::connect(&address(), ConnectionProperties::default()).await
}

/// A prefix on the broker, and everything under it, which goes with the test.
#[derive(Debug)]
pub struct Place {
    prefix: String,
}

impl Place {
    pub fn new() -> Self {
        static NUMBER: AtomicU32 = AtomicU32::new(0);
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        Self {
            prefix: format!("cqrs-test-{}-{number}-{:06x}", std::process::id(), fastrand::u32(0..1 << 24)),
        }
    }

    /// The prefix itself.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The broker as the library sees it.
    pub async fn broker(&self) -> RabbitMqBus {
        self.broker_at(address().as_str()).await
    }

    /// The same broker, by another way.
    pub async fn broker_at(&self, address: impl Into<Address>) -> RabbitMqBus {
        let options = RabbitMqBus::builder(address).prefix(&self.prefix).partitions(PARTITIONS);
        options.connect().await.expect("the broker should answer")
    }

    async fn delete(&self) -> lapin::Result<()> {
        let connection = connect().await?;
        let channel = connection.create_channel().await?;
        let prefix = &self.prefix;
        let groups = ["commands", "events.accounts", "events.audit"].map(|group| format!("{prefix}.{group}"));
        for group in groups {
            delete_queue(&channel, format!("{group}.dead")).await?;
            delete_queue(&channel, format!("{group}.members")).await?;
            for partition in 0..PARTITIONS {
                delete_queue(&channel, format!("{group}.{partition}")).await?;
            }
        }
        for bus in ["commands", "events"] {
            delete_queue(&channel, format!("{prefix}.{bus}.partitions")).await?;
            let exchange = format!("{prefix}.{bus}");
            channel.exchange_delete(exchange.into(), ExchangeDeleteOptions::default()).await?;
        }
        connection.close(200, "OK".into()).await
    }
}

async fn delete_queue(channel: &Channel, name: String) -> lapin::Result<()> {
    channel.queue_delete(name.into(), QueueDeleteOptions::default()).await.map(drop)
}

impl Default for Place {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Err(error) = aside(self.delete()) {
            eprintln!("what begins with `{}` stays on the broker: {error}", self.prefix);
        }
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
