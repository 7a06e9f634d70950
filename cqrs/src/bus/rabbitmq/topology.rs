//! Declaring what has to be on the broker. Declaring again what is there changes nothing.

use lapin::{
    ExchangeKind,
    options::{ExchangeDeclareOptions, QueueBindOptions, QueueDeclareOptions},
    protocol::AMQPSoftError,
    types::{AMQPValue, FieldTable},
};

use crate::bus::BusError;

use super::{
    connection::{Link, failed, is},
    names::{Bus, Group},
};

/// More dead letters than that are refused, so that one reader can have them all in its hands, which is 65,535 messages
/// at most.
const MOST_DEAD_LETTERS: i32 = 50_000;

/// From version 4 on a broker drops what was delivered too often, unless told how often is too often. Here the listeners
/// decide that.
const MOST_DELIVERIES: i32 = 1_000_000_000;

const DURABLE: QueueDeclareOptions = QueueDeclareOptions {
    passive: false,
    durable: true,
    exclusive: false,
    auto_delete: false,
    nowait: false,
};

/// The exchange of a bus, and its number of partitions.
pub(super) async fn declare_bus(link: &Link, bus: &Bus) -> Result<(), BusError> {
    let failed = failed("declare the bus");
    let channel = link.channel().await.map_err(&failed)?;
    let durable = ExchangeDeclareOptions { durable: true, ..ExchangeDeclareOptions::default() };
    let exchange =
        channel.exchange_declare(bus.exchange(), ExchangeKind::Direct, durable, FieldTable::default());
    exchange.await.map_err(&failed)?;
    let partitions = arguments([("x-max-length", AMQPValue::LongInt(bus.partitions.into()))]);
    match channel.queue_declare(bus.partitions(), DURABLE, partitions).await {
        Ok(_) => Ok(()),
        Err(error) if is(&error, AMQPSoftError::PRECONDITIONFAILED) => {
            Err(BusError::PartitionsDiffer { partitions: bus.partitions.into(), source: error.into() })
        }
        Err(error) => Err(failed(error)),
    }
}

/// The queues of a group.
pub(super) async fn declare_group(link: &Link, bus: &Bus, group: &Group) -> Result<(), BusError> {
    let declare = async {
        let channel = link.channel().await?;
        channel.queue_declare(group.members(), DURABLE, FieldTable::default()).await?;
        channel.queue_declare(group.dead(), DURABLE, dead()).await?;
        for index in 0..bus.partitions {
            let queue = group.partition(index);
            channel.queue_declare(queue.clone(), DURABLE, partition()).await?;
            let key = index.to_string().into();
            let options = QueueBindOptions::default();
            channel.queue_bind(queue, bus.exchange(), key, options, FieldTable::default()).await?;
        }
        Ok(())
    };
    declare.await.map_err(failed("declare the group"))
}

fn partition() -> FieldTable {
    arguments([
        ("x-queue-type", text("quorum")),
        ("x-single-active-consumer", AMQPValue::Boolean(true)),
        ("x-delivery-limit", AMQPValue::LongInt(MOST_DELIVERIES)),
    ])
}

fn dead() -> FieldTable {
    arguments([
        ("x-queue-type", text("quorum")),
        ("x-delivery-limit", AMQPValue::LongInt(MOST_DELIVERIES)),
        ("x-max-length", AMQPValue::LongInt(MOST_DEAD_LETTERS)),
        ("x-overflow", text("reject-publish")),
    ])
}

fn text(text: &str) -> AMQPValue {
    AMQPValue::LongString(text.into())
}

fn arguments<const COUNT: usize>(arguments: [(&'static str, AMQPValue); COUNT]) -> FieldTable {
    let mut table = FieldTable::default();
    for (name, value) in arguments {
        table.insert(name.into(), value);
    }
    table
}
