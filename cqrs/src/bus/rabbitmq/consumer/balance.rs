//! Taking partitions, and giving them up.

use std::sync::Arc;

use lapin::{
    options::{BasicCancelOptions, BasicConsumeOptions, BasicQosOptions},
    types::{FieldTable, ShortString},
};
use smol_str::SmolStr;
use tokio::sync::mpsc;

use crate::bus::{
    BusError,
    bounded::bounded,
    rabbitmq::{
        connection::failed,
        dead_letters::{Reading, Wanted},
        outlet::Outlet,
    },
};

use super::{
    driver::Driver,
    membership::{Membership, consumers, look},
    partition::{Partition, State},
    pump::pump,
    releasing::Releasing,
};

impl Driver {
    /// Gives back the partitions that are for others and of which nothing is in hand any more. The next owner can have
    /// one once the broker has taken back what had arrived of it.
    pub(super) async fn hand_over(&self, membership: &Membership) -> lapin::Result<()> {
        for (index, outlet) in self.desk.given_up() {
            outlet.close(200, "OK".into()).await?;
            membership.link.unlock(self.spec.group.owner(index)).await?;
        }
        Ok(())
    }

    /// Takes up to so many partitions that nobody has.
    pub(super) async fn take(&mut self, membership: &Membership, count: usize) -> Result<(), BusError> {
        let taken = self.lock(membership, count).await.map_err(failed("take a partition"))?;
        if taken.is_empty() {
            return Ok(());
        }
        let parked = self.parked_keys().await?;
        for index in taken {
            let parked =
                parked.iter().filter(|(partition, _)| *partition == index).map(|(_, key)| key.clone());
            let opened = self.open(membership, index, parked.collect()).await;
            opened.map_err(failed("consume a partition"))?;
        }
        Ok(())
    }

    /// Locks up to so many partitions; whoever has the lock is the only one to consume.
    async fn lock(&self, membership: &Membership, count: usize) -> lapin::Result<Vec<u16>> {
        let partitions = self.spec.bus.partitions;
        let first = fastrand::u16(0..partitions);
        let mut locked = Vec::new();
        for index in (0..partitions).map(|index| (first + index) % partitions) {
            if locked.len() == count {
                break;
            }
            let (group, link) = (&self.spec.group, &membership.link);
            // A lock that is refused is an error in the broker's log: ask only for one that is likely to be free.
            if !self.desk.has(index)
                && consumers(&membership.control, group.partition(index)).await? == 0
                && link.lock(group.owner(index)).await?
            {
                locked.push(index);
            }
        }
        Ok(locked)
    }

    /// The keys that dead letters park, and the partitions they are in.
    async fn parked_keys(&self) -> Result<Vec<(u16, SmolStr)>, BusError> {
        let spec = &self.spec;
        let reading = Reading::open(&spec.access, &spec.group, Wanted::Nothing).await?;
        let parked = reading.letters.iter().filter(|kept| kept.letter.reason.parks());
        let parked = parked.map(|kept| {
            let message = &kept.letter.message;
            (spec.bus.partition_of(message), bounded(&message.key))
        });
        let parked = parked.collect();
        self.desk.order_after(reading.letters.last().map_or(0, |kept| kept.order));
        reading.close().await;
        Ok(parked)
    }

    /// Begins to consume a partition.
    async fn open(&mut self, membership: &Membership, index: u16, parked: Vec<SmolStr>) -> lapin::Result<()> {
        let outlet = membership.link.confirming_channel().await?;
        let prefetch = u16::try_from(self.spec.prefetch).unwrap_or(u16::MAX);
        outlet.basic_qos(prefetch, BasicQosOptions::default()).await?;
        let stream = consume(&outlet, self.spec.group.partition(index)).await?;
        let tag = stream.tag();
        let (releases, requests) = mpsc::unbounded_channel();
        let place = self.desk.add(index, |place| Partition::new(place, outlet, tag, parked, releases));
        let (desk, spec) = (Arc::clone(&self.desk), Arc::clone(&self.spec));
        self.pumps.spawn(pump(stream, Arc::clone(&desk), place));
        self.releases.spawn(Releasing { desk, place, spec, requests }.run());
        Ok(())
    }

    /// Ends what runs dry after the bus was closed: a queue that is empty is cancelled, which lets what is still on the
    /// way arrive first; what arrives later is for the next listener.
    pub(super) async fn drain(&self, membership: &Membership) -> lapin::Result<()> {
        for place in self.desk.empty(State::Fed) {
            let queue = self.spec.group.partition(place.partition);
            if look(&membership.control, queue).await?.message_count() > 0 {
                continue;
            }
            let cancelled = self.desk.at(place, |partition| {
                partition.state = State::Cancelled;
                (partition.outlet.clone(), partition.consumer_tag.clone())
            });
            if let Some((outlet, tag)) = cancelled {
                outlet.basic_cancel(tag, BasicCancelOptions::default()).await?;
            }
        }
        if !self.is_anything_left(membership).await? {
            self.desk.end_if_dry();
        }
        Ok(())
    }

    /// Whether messages wait in a partition that nobody has: it was lost, and is about to be taken again.
    async fn is_anything_left(&self, membership: &Membership) -> lapin::Result<bool> {
        for index in (0..self.spec.bus.partitions).filter(|index| !self.desk.has(*index)) {
            let queue = look(&membership.control, self.spec.group.partition(index)).await?;
            if queue.consumer_count() == 0 && queue.message_count() > 0 {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

async fn consume(outlet: &Outlet, queue: ShortString) -> lapin::Result<lapin::Consumer> {
    let (options, arguments) = (BasicConsumeOptions::default(), FieldTable::default());
    outlet.basic_consume(queue, ShortString::default(), options, arguments).await
}
