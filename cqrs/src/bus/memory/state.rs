//! What publishers and consumers of one bus share.

use std::{
    collections::HashMap,
    pin::pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Poll,
};

use smol_str::SmolStr;
use tokio::sync::Notify;
use uuid::Uuid;

use crate::bus::{BusError, EncodedMessage};

use super::group::Group;

/// Which groups a bus has.
#[derive(Debug)]
pub(super) enum Groups {
    /// This one, from the start.
    Only(SmolStr),
    /// Those that consumers asked for.
    Any,
}

/// What publishers and consumers of one bus share.
///
/// Invariant: whoever waits has registered with the [`Notify`] before looking at the state, and whoever changes the
/// state notifies after the change; so no change is missed. The lock is never held while waiting.
#[derive(Debug)]
pub(super) struct Shared {
    groups: Groups,
    capacity: usize,
    state: Mutex<State>,
    /// There may be something to take.
    arrived: Notify,
    /// There may be room.
    freed: Notify,
}

#[derive(Debug, Default)]
pub(super) struct State {
    pub(super) groups: HashMap<SmolStr, Group>,
    pub(super) closed: bool,
    last_number: u64,
}

impl State {
    /// A number nobody else has: of a consumer, or of a message in the order of publishing.
    pub(super) fn number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    fn publish(&mut self, message: &Arc<EncodedMessage>, capacity: usize) -> Poll<Result<(), BusError>> {
        if self.closed {
            return Poll::Ready(Err(BusError::Closed));
        }
        if self.groups.values().any(|group| group.unsettled() >= capacity) {
            return Poll::Pending;
        }
        let sequence = self.number();
        self.groups.values_mut().for_each(|group| group.push(sequence, Arc::clone(message)));
        Poll::Ready(Ok(()))
    }
}

impl Shared {
    pub(super) fn new(groups: Groups, capacity: usize) -> Self {
        let mut state = State::default();
        if let Groups::Only(name) = &groups {
            state.groups.insert(name.clone(), Group::new(name));
        }
        Self { groups, capacity, state: Mutex::new(state), arrived: Notify::new(), freed: Notify::new() }
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        // Nothing panics while it holds the lock; a poisoned one would still hold a whole state.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn allows(&self, group: &str) -> bool {
        match &self.groups {
            Groups::Only(name) => name == group,
            Groups::Any => true,
        }
    }

    /// Waits until every group has room, then gives the message to all of them.
    pub(super) async fn publish(&self, message: EncodedMessage) -> Result<(), BusError> {
        let message = Arc::new(message);
        let outcome = wait_for(&self.freed, || self.lock().publish(&message, self.capacity)).await;
        self.arrived.notify_waiters();
        outcome
    }

    /// Waits until `look` finds something, and looks again whenever something may have arrived.
    pub(super) async fn when_arrived<T>(&self, look: impl FnMut() -> Poll<T>) -> T {
        wait_for(&self.arrived, look).await
    }

    /// Works on a group that exists.
    pub(super) fn with_group<T>(
        &self,
        name: &str,
        work: impl FnOnce(&mut Group) -> T,
    ) -> Result<T, BusError> {
        let mut state = self.lock();
        let group = state.groups.get_mut(name);
        group.map(work).ok_or_else(|| BusError::UnknownGroup { group: name.to_owned() })
    }

    /// Something was settled or given back: there may be room, and partitions may be free.
    pub(super) fn moved(&self) {
        self.arrived.notify_waiters();
        self.freed.notify_waiters();
    }

    /// Moves a dead letter back among the messages. It needs no room: it was there before.
    pub(super) fn retry(&self, name: &str, message: Uuid) -> Result<bool, BusError> {
        let sequence = self.lock().number();
        let found = self.with_group(name, |group| group.retry_dead_letter(message, sequence))?;
        self.arrived.notify_waiters();
        Ok(found)
    }

    /// Forgets a dead letter, and lets the next of its key be tried.
    pub(super) fn remove(&self, name: &str, message: Uuid) -> Result<bool, BusError> {
        let found = self.with_group(name, |group| group.remove_dead_letter(message))?;
        self.arrived.notify_waiters();
        Ok(found)
    }

    pub(super) fn close(&self) {
        self.lock().closed = true;
        self.moved();
    }
}

async fn wait_for<T>(changed: &Notify, mut look: impl FnMut() -> Poll<T>) -> T {
    loop {
        let mut change = pin!(changed.notified());
        change.as_mut().enable();
        if let Poll::Ready(found) = look() {
            return found;
        }
        change.await;
    }
}
