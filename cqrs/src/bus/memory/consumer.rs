//! A member of a group, and the messages in its hands.

use std::{sync::Arc, task::Poll};

use futures_util::future::BoxFuture;
use smol_str::SmolStr;

use crate::bus::{BusError, Consumer, ConsumerOptions, DeadLetter, Delivery, Settle, Standing};

use super::{
    group::Group,
    state::{Shared, State},
};

/// A member of a group. Dropping it gives back what it has.
pub(super) struct MemoryConsumer {
    shared: Arc<Shared>,
    group: SmolStr,
    number: u64,
}

impl MemoryConsumer {
    pub(super) fn join(shared: Arc<Shared>, options: ConsumerOptions) -> Result<Self, BusError> {
        if !shared.allows(&options.group) {
            return Err(BusError::UnknownGroup { group: options.group.into() });
        }
        let number = {
            let mut state = shared.lock();
            if state.closed {
                return Err(BusError::Closed);
            }
            let number = state.number();
            let name = &options.group;
            state.groups.entry(name.clone()).or_insert_with(|| Group::new(name)).join(number, &options)?;
            number
        };
        Ok(Self { shared, group: options.group, number })
    }

    /// The next message, or `None` in it at the end; pending while there is neither.
    fn look(&self, state: &mut State) -> Poll<Option<Delivery>> {
        let closed = state.closed;
        let Some(group) = state.groups.get_mut(&self.group) else { return Poll::Ready(None) };
        match group.take(self.number) {
            Some((partition, entry)) => {
                let settle = MemorySettle {
                    shared: Arc::clone(&self.shared),
                    group: self.group.clone(),
                    consumer: self.number,
                    partition,
                    sequence: entry.sequence,
                    settled: false,
                };
                Poll::Ready(Some(Delivery::new((*entry.message).clone(), entry.redeliveries, settle)))
            }
            None if closed && group.unsettled() == 0 => Poll::Ready(None),
            None => Poll::Pending,
        }
    }
}

impl Consumer for MemoryConsumer {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivery>, BusError>> {
        let this = &*self;
        Box::pin(async move { Ok(this.shared.when_arrived(|| this.look(&mut this.shared.lock())).await) })
    }
}

impl Drop for MemoryConsumer {
    fn drop(&mut self) {
        if let Some(group) = self.shared.lock().groups.get_mut(&self.group) {
            group.leave(self.number);
        }
        self.shared.moved();
    }
}

/// Settles one message; dropped before, it gives the message back.
struct MemorySettle {
    shared: Arc<Shared>,
    group: SmolStr,
    consumer: u64,
    partition: usize,
    sequence: u64,
    settled: bool,
}

impl MemorySettle {
    fn settle(mut self, letter: Option<DeadLetter>) -> Result<(), BusError> {
        self.settled = true;
        let (consumer, partition, sequence) = (self.consumer, self.partition, self.sequence);
        let outcome = self
            .shared
            .with_group(&self.group, |group| group.settle(consumer, partition, sequence, letter))
            .flatten();
        self.shared.moved();
        outcome
    }
}

impl Settle for MemorySettle {
    fn standing(&self) -> Standing {
        let (consumer, partition, sequence) = (self.consumer, self.partition, self.sequence);
        let standing =
            self.shared.with_group(&self.group, |group| group.standing(consumer, partition, sequence));
        standing.unwrap_or(Standing::TakenBack)
    }

    fn acknowledge(self: Box<Self>) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(async move { self.settle(None) })
    }

    fn dead_letter(self: Box<Self>, letter: DeadLetter) -> BoxFuture<'static, Result<(), BusError>> {
        Box::pin(async move { self.settle(Some(letter)) })
    }
}

impl Drop for MemorySettle {
    fn drop(&mut self) {
        if self.settled {
            return;
        }
        if let Some(group) = self.shared.lock().groups.get_mut(&self.group) {
            group.give_back(self.consumer, self.partition, self.sequence);
        }
        self.shared.moved();
    }
}
