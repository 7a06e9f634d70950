//! Reading the dead letters: alone, and all of them.

use std::{collections::HashSet, time::Duration};

use futures_util::StreamExt;
use lapin::{
    Channel,
    options::{BasicAckOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions},
    protocol::AMQPSoftError,
    types::{DeliveryTag, FieldTable, ShortUInt},
};

use crate::{
    bus::{
        Address, BusError, DeadLetter,
        rabbitmq::{
            connection::{Link, is},
            names::Group,
            publishing::{header, message, number},
        },
        reconnect, wire,
    },
    handler::BoxError,
};

use super::keeping::ORDER;

/// How long to wait before asking again whether somebody else still reads.
const PAUSE: Duration = Duration::from_millis(20);

/// A dead letter in the hands of a reader.
pub(in crate::bus::rabbitmq) struct Kept {
    tag: DeliveryTag,
    pub(in crate::bus::rabbitmq) order: u64,
    pub(in crate::bus::rabbitmq) letter: DeadLetter,
}

/// All dead letters of a group, in the hands of one reader.
///
/// Invariant: a reading has a connection of its own, and the group's exclusive queue on it, so there is one reading at a
/// time, and whatever ends it gives everything back that it did not forget. A reader that vanished may be seen by its
/// lock to be gone before it is by its letters; so the next one begins only when the queue has no consumer left.
pub(in crate::bus::rabbitmq) struct Reading {
    link: Link,
    channel: Channel,
    /// In order, each message once.
    pub(in crate::bus::rabbitmq) letters: Vec<Kept>,
}

impl Reading {
    pub(in crate::bus::rabbitmq) async fn open(address: &Address, group: &Group) -> Result<Self, BusError> {
        let link = reconnect::connect_once(address, &Link::open).await;
        let link = link.map_err(|error| BusError::transport("read the dead letters", error))?;
        let lost = link.lost();
        let read = tokio::select! {
            biased;
            read = Self::read(link, group) => read,
            lost = lost => Err(lost.into()),
        };
        read.map_err(|error| match error.downcast::<lapin::Error>() {
            Ok(error) if is(&error, AMQPSoftError::NOTFOUND) => {
                BusError::UnknownGroup { group: group.name.clone() }
            }
            Ok(error) => BusError::transport("read the dead letters", error),
            Err(error) => BusError::transport("read the dead letters", error),
        })
    }

    async fn read(link: Link, group: &Group) -> Result<Self, BoxError> {
        while !link.lock(group.reader()).await? {
            tokio::time::sleep(PAUSE).await;
        }
        let channel = link.confirming_channel().await?;
        let mut this = Self { link, channel, letters: Vec::new() };
        let count = this.count(group).await?;
        if count > 0 {
            this.take(group, count).await?;
        }
        Ok(this)
    }

    /// How many dead letters there are, once nobody else has any in his hands.
    async fn count(&self, group: &Group) -> lapin::Result<u32> {
        let look = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        loop {
            let queue = self.channel.queue_declare(group.dead(), look, FieldTable::default()).await?;
            if queue.consumer_count() == 0 {
                return Ok(queue.message_count());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn take(&mut self, group: &Group, count: u32) -> Result<(), BoxError> {
        let all = ShortUInt::try_from(count).unwrap_or(ShortUInt::MAX);
        self.channel.basic_qos(all, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let letters = self.channel.basic_consume(group.dead(), "".into(), options, FieldTable::default());
        let mut letters = letters.await?.take(all.into());
        while let Some(delivery) = letters.next().await {
            self.letters.push(kept(delivery?));
        }
        if self.letters.len() < usize::from(all) {
            return Err("the queue was taken away".into());
        }
        self.letters.sort_by_key(|kept| kept.order);
        Ok(self.forget_doubles().await?)
    }

    /// A message is here twice if its listener died between keeping it here and acknowledging it.
    async fn forget_doubles(&mut self) -> lapin::Result<()> {
        let mut seen = HashSet::new();
        let doubles: Vec<_> =
            self.letters.extract_if(.., |kept| !seen.insert(kept.letter.message.id)).collect();
        for double in doubles {
            self.forget(&double).await?;
        }
        Ok(())
    }

    /// Removes a dead letter for good.
    pub(super) async fn forget(&self, kept: &Kept) -> lapin::Result<()> {
        self.channel.basic_ack(kept.tag, BasicAckOptions::default()).await
    }

    /// A channel on which publishes are confirmed.
    pub(super) fn channel(&self) -> &Channel {
        &self.channel
    }

    /// Gives back what was not forgotten, and lets others read.
    pub(in crate::bus::rabbitmq) async fn close(self) {
        self.link.close().await;
    }
}

fn kept(mut delivery: lapin::message::Delivery) -> Kept {
    let message = message(&mut delivery);
    let letter = wire::dead_letter(header(&delivery.properties, wire::DEAD_LETTER), message);
    let order = number(&delivery.properties, ORDER).unwrap_or_default();
    Kept { tag: delivery.delivery_tag, order, letter }
}

/// The error of a bus for what a publish in a reading says.
pub(super) fn not_asked(error: BoxError) -> BusError {
    BusError::transport("move a dead letter", error)
}
