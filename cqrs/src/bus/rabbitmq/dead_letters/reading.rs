//! Reading the dead letters: alone, and all of them, but some at a time, and the content only of those that are wanted.

use std::{collections::HashSet, time::Duration};

use futures_util::StreamExt;
use lapin::{
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicQosOptions, QueueDeclareOptions,
    },
    protocol::AMQPSoftError,
    types::{DeliveryTag, FieldTable},
};
use uuid::Uuid;

use crate::{
    bus::{
        BusError, DeadLetter,
        bounded::bounded,
        rabbitmq::{
            access::Access,
            connection::{Link, is},
            names::Group,
            outlet::Outlet,
            publishing::{header, message, number},
        },
        wire,
    },
    handler::BoxError,
};

use super::{
    keeping::ORDER,
    sizes::{MOST_BYTES, Sizes},
};

/// How long to wait before asking again whether somebody else still reads.
const PAUSE: Duration = Duration::from_millis(20);

/// How many letters are asked for at a time, at most.
const PAGE: usize = 1_000;

/// A dead letter in the hands of a reader.
pub(in crate::bus::rabbitmq) struct Kept {
    tag: DeliveryTag,
    pub(in crate::bus::rabbitmq) order: u64,
    /// Without its content, unless that was wanted.
    pub(in crate::bus::rabbitmq) letter: DeadLetter,
    pub(in crate::bus::rabbitmq) is_whole: bool,
}

/// Of which letters a reader wants the content as well.
#[derive(Clone, Copy)]
pub(in crate::bus::rabbitmq) enum Wanted<'a> {
    Nothing,
    /// The first so many of all.
    First(usize),
    Message(Uuid),
    /// The first of those that park this key, up to so many, and not too many bytes.
    OfKey(&'a str, usize),
}

impl Wanted<'_> {
    fn includes(self, letter: &DeadLetter) -> bool {
        match self {
            Self::Nothing => false,
            Self::First(_) => true,
            Self::Message(id) => letter.message.id == id,
            Self::OfKey(key, _) => letter.reason.parks() && bounded(&letter.message.key) == key,
        }
    }

    /// How many letters, and how many bytes of them, are wanted at most.
    fn most(self) -> (usize, usize) {
        match self {
            Self::Nothing | Self::Message(_) => (usize::MAX, usize::MAX),
            Self::First(count) => (count, usize::MAX),
            Self::OfKey(_, count) => (count, MOST_BYTES),
        }
    }

    /// Drops the content of what is not wanted. Those that follow in the queue change nothing about it.
    fn trim(self, letters: &mut [Kept]) {
        letters.sort_by_key(|kept| kept.order);
        let (most, most_bytes) = self.most();
        let (mut count, mut bytes) = (0, 0);
        for kept in letters {
            let mut wanted = kept.is_whole && self.includes(&kept.letter);
            if wanted {
                bytes += kept.letter.message.body.len();
                wanted = count < most && (count == 0 || bytes <= most_bytes);
                count = if wanted { count + 1 } else { most };
            }
            if !wanted {
                kept.is_whole = false;
                kept.letter.message.body = std::sync::Arc::default();
            }
        }
    }
}

/// All dead letters of a group, in the hands of one reader.
///
/// Invariant: a reading has a connection of its own, and the group's exclusive queue on it, so there is one reading at a
/// time, and whatever ends it gives everything back that it did not forget. A reader that vanished may be seen by its
/// lock to be gone before it is by its letters; so the next one begins only when the queue has no consumer left.
pub(in crate::bus::rabbitmq) struct Reading {
    link: Link,
    outlet: Outlet,
    /// In order, each message once.
    pub(in crate::bus::rabbitmq) letters: Vec<Kept>,
}

impl Reading {
    pub(in crate::bus::rabbitmq) async fn open(
        access: &Access,
        group: &Group,
        wanted: Wanted<'_>,
    ) -> Result<Self, BusError> {
        let link =
            access.connect().await.map_err(|error| BusError::transport("read the dead letters", error))?;
        let lost = link.lost();
        let read = tokio::select! {
            biased;
            read = Self::read(link, group, wanted) => read,
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

    async fn read(link: Link, group: &Group, wanted: Wanted<'_>) -> Result<Self, BoxError> {
        while !link.lock(group.reader()).await? {
            tokio::time::sleep(PAUSE).await;
        }
        let outlet = link.confirming_channel().await?;
        let mut this = Self { link, outlet, letters: Vec::new() };
        let count = this.count(group).await?;
        let (count, mut sizes) = (usize::try_from(count).unwrap_or(usize::MAX), Sizes::default());
        while this.letters.len() < count {
            this.take(group, count, &mut sizes).await?;
            wanted.trim(&mut this.letters);
        }
        this.forget_doubles().await?;
        Ok(this)
    }

    /// How many dead letters there are, once nobody else has any in his hands.
    async fn count(&self, group: &Group) -> lapin::Result<u32> {
        let look = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
        loop {
            let queue = self.outlet.queue_declare(group.dead(), look, FieldTable::default()).await?;
            if queue.consumer_count() == 0 {
                return Ok(queue.message_count());
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Takes some of so many letters. A consumer gets no more of them than it is to have in its hands at a time, and the
    /// next one gets those that follow.
    async fn take(&mut self, group: &Group, count: usize, sizes: &mut Sizes) -> Result<(), BoxError> {
        let width = sizes.width(PAGE);
        let wanted = self.letters.len() + usize::from(width).min(count - self.letters.len());
        self.outlet.basic_qos(width, BasicQosOptions::default()).await?;
        let options = BasicConsumeOptions::default();
        let letters = self.outlet.basic_consume(group.dead(), "".into(), options, FieldTable::default());
        let mut letters = letters.await?;
        while self.letters.len() < wanted {
            let Some(delivery) = letters.next().await else {
                return Err("the queue was taken away".into());
            };
            self.letters.push(kept(delivery?, sizes));
        }
        self.outlet.basic_cancel(letters.tag(), BasicCancelOptions::default()).await?;
        while let Some(delivery) = letters.next().await {
            self.letters.push(kept(delivery?, sizes));
        }
        Ok(())
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
    pub(in crate::bus::rabbitmq) async fn forget(&self, kept: &Kept) -> lapin::Result<()> {
        self.outlet.basic_ack(kept.tag, BasicAckOptions::default()).await
    }

    /// A channel on which publishes are confirmed.
    pub(in crate::bus::rabbitmq) fn outlet(&self) -> &Outlet {
        &self.outlet
    }

    /// Gives back what was not forgotten, and lets others read.
    pub(in crate::bus::rabbitmq) async fn close(self) {
        self.link.close().await;
    }
}

fn kept(mut delivery: lapin::message::Delivery, sizes: &mut Sizes) -> Kept {
    sizes.saw(delivery.data.len());
    let message = message(&mut delivery);
    let letter = wire::dead_letter(header(&delivery.properties, wire::DEAD_LETTER), message);
    let order = number(&delivery.properties, ORDER).unwrap_or_default();
    Kept { tag: delivery.delivery_tag, order, letter, is_whole: true }
}

/// The error of a bus for what a publish in a reading says.
pub(in crate::bus::rabbitmq) fn not_asked(error: BoxError) -> BusError {
    BusError::transport("move a dead letter", error)
}
