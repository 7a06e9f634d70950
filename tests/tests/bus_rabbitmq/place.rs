//! Prefixes to test with.

use std::{
    sync::{
        LazyLock,
        atomic::{AtomicU32, Ordering},
    },
    thread,
};

use cqrs::{
    bus::{Address, CommandBus, EventBus, rabbitmq::RabbitMq},
    testing::bus::Buses,
};
use lapin::{
    Channel, Connection, ConnectionProperties,
    options::{ExchangeDeleteOptions, QueueDeleteOptions},
};

/// Few, so that the checks have several keys in one.
pub const PARTITIONS: u16 = 4;

/// Where the broker is.
pub fn address() -> String {
    let named = std::env::var("CQRS_TEST_RABBITMQ");
    named.unwrap_or_else(|_| "amqp://guest:guest@127.0.0.1:5672".into())
}

/// Whether there is a broker to test with. If not, it says so.
///
/// # Panics
/// If there is none, and one is required.
pub fn broker_answers() -> bool {
    static ANSWER: LazyLock<lapin::Result<()>> = LazyLock::new(|| aside(async { connect().await.map(drop) }));
    let Err(error) = &*ANSWER else { return true };
    let required = std::env::var("CQRS_TEST_REQUIRE_SERVICES").is_ok_and(|value| value == "1");
    assert!(!required, "RabbitMQ is required, and was not found at {}: {error}", address());
    eprintln!("not tested: no RabbitMQ was found at {} (CQRS_TEST_RABBITMQ): {error}", address());
    false
}

/// A connection of the test's own.
pub async fn connect() -> lapin::Result<Connection> {
    Connection::connect(&address(), ConnectionProperties::default()).await
}

/// Runs something asynchronous to its end, from wherever one is.
fn aside<T: Send>(future: impl Future<Output = T> + Send) -> T {
    let run = || tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap().block_on(future);
    thread::scope(|scope| scope.spawn(run).join().unwrap())
}

/// A prefix on the broker, and everything under it, which goes with the test.
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

    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    pub async fn broker(&self) -> RabbitMq {
        self.broker_at(address().as_str()).await
    }

    /// The same broker, by another way.
    pub async fn broker_at(&self, address: impl Into<Address>) -> RabbitMq {
        let options = RabbitMq::connect(address).prefix(&self.prefix).partitions(PARTITIONS);
        options.open().await.expect("the broker should answer")
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
