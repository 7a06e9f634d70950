//! Being counted among the consumers of a group.

use lapin::{
    Channel,
    options::{BasicConsumeOptions, QueueDeclareOptions},
    types::{FieldTable, ShortString},
};

use crate::{
    bus::{
        BusError,
        rabbitmq::{
            connection::{Link, failed, is_taken},
            topology,
        },
        reconnect,
    },
    error_chain::chain,
};

use super::Spec;

/// A connection of a consumer that counts as a member as long as it lasts.
pub(super) struct Membership {
    pub(super) link: Link,
    pub(super) control: Channel,
    /// Nothing ever comes over it; dropping it ends the membership.
    _counted: lapin::Consumer,
}

impl Membership {
    /// Connects, makes the group if it is new, and joins it. It waits as long as the broker is away.
    pub(super) async fn begin(spec: &Spec) -> Result<Self, BusError> {
        let link = spec.access.insist(async |link| Ok(link)).await;
        let lost = link.lost();
        tokio::select! {
            biased;
            joined = Self::join(link, spec) => joined,
            lost = lost => Err(BusError::transport("join the group", lost)),
        }
    }

    async fn join(link: Link, spec: &Spec) -> Result<Self, BusError> {
        topology::declare_group(&link, &spec.bus, &spec.group).await?;
        let control = link.channel().await.map_err(failed("join the group"))?;
        let options = BasicConsumeOptions { exclusive: spec.exclusive, ..BasicConsumeOptions::default() };
        let members = spec.group.members();
        match control.basic_consume(members, ShortString::default(), options, FieldTable::default()).await {
            Ok(counted) => Ok(Self { link, control, _counted: counted }),
            Err(error) if is_taken(&error) => Err(BusError::NotExclusive { group: spec.group.name.clone() }),
            Err(error) => Err(failed("join the group")(error)),
        }
    }

    /// The same, also if the broker goes away in the middle.
    pub(super) async fn at_last(spec: &Spec) -> Result<Self, BusError> {
        let mut backoff = reconnect::Backoff::default();
        loop {
            match Self::begin(spec).await {
                Err(error) if error.is_outage() => Self::report(spec, &error),
                outcome => return outcome,
            }
            tokio::time::sleep(backoff.next_pause()).await;
        }
    }

    /// The same, as often as it takes, whatever is in the way.
    pub(super) async fn again(spec: &Spec) -> Self {
        let mut backoff = reconnect::Backoff::default();
        loop {
            match Self::begin(spec).await {
                Ok(membership) => return membership,
                Err(error) => Self::report(spec, &error),
            }
            tokio::time::sleep(backoff.next_pause()).await;
        }
    }

    fn report(spec: &Spec, error: &BusError) {
        tracing::warn!(group = spec.group.name, error = chain(error), "a listener could not join its group");
    }

    /// How many members the group has.
    pub(super) async fn count(&self, spec: &Spec) -> lapin::Result<usize> {
        let count = consumers(&self.control, spec.group.members()).await?;
        Ok(usize::try_from(count).unwrap_or(usize::MAX).max(1))
    }
}

/// How many consumers a queue has.
pub(super) async fn consumers(channel: &Channel, queue: ShortString) -> lapin::Result<u32> {
    Ok(look(channel, queue).await?.consumer_count())
}

/// What the broker says about a queue.
pub(super) async fn look(channel: &Channel, queue: ShortString) -> lapin::Result<lapin::Queue> {
    let passive = QueueDeclareOptions { passive: true, ..QueueDeclareOptions::default() };
    channel.queue_declare(queue, passive, FieldTable::default()).await
}
