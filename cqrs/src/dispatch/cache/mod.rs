//! Hot aggregates of one kind, and the queue in front of each.
//!
//! Invariants:
//! - A state is in the cache only while no command uses it: it leaves the cache with the permit, [`Permit::take`]
//!   takes it from there, and only [`Permit::keep`], called after the commit, returns it. So a dropped future, a
//!   panic or a failed append leaves no entry, whatever it did to the state. A permit's end hands its state to the
//!   next permit, or back to the cache.
//! - A stream is busy exactly while one [`Permit`] for it lives. Dropping the permit hands it to the first that
//!   waits; one that stopped waiting drops what it was handed, which hands it on.
//!
//! Neither is needed for correctness, which the append's expectation gives: a cached state is as old as it is, and
//! whoever answers from one without appending confirms the stream's version first.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use foldhash::fast::RandomState;
use futures_util::future::{BoxFuture, Either, Ready, ready};
use hashlink::{LinkedHashMap, linked_hash_map::RawEntryMut};
use smol_str::SmolStr;
use tokio::sync::oneshot::{self, Sender};

use crate::repository::Loaded;

use super::queue::Queue;

#[derive(Debug)]
pub(super) struct AggregateCache<A> {
    capacity: usize,
    slots: Mutex<Slots<A>>,
}

#[derive(Debug)]
struct Slots<A> {
    /// The one that nobody has asked for for the longest time comes first.
    by_key: LinkedHashMap<SmolStr, Slot<A>, RandomState>,
    /// How many of them are idle.
    idle: usize,
}

#[derive(Debug)]
enum Slot<A> {
    /// A state that no command uses.
    Idle(Loaded<A>),
    /// Those who wait for the permit that lives.
    Busy(Queue<Permit<A>>),
}

/// The right to work on one aggregate, within this process.
#[derive(Debug)]
pub(super) struct Permit<A> {
    cache: Arc<AggregateCache<A>>,
    /// `None` once handed on.
    key: Option<SmolStr>,
    /// The state of the aggregate, while the holder has not taken it, and once it has given it back.
    state: Mutex<Option<Loaded<A>>>,
}

enum Entry<A> {
    Free(Permit<A>),
    Wait(oneshot::Receiver<Permit<A>>),
}

impl<A> AggregateCache<A> {
    pub(super) fn new(capacity: usize) -> Self {
        let slots = Slots { by_key: LinkedHashMap::with_hasher(RandomState::default()), idle: 0 };
        Self { capacity, slots: Mutex::new(slots) }
    }

    /// The right to work on the aggregate for this command, once everybody before has finished. Where nobody is before, it
    /// is there at once, and costs no future that would have to be copied.
    pub(super) fn acquire<'a>(
        self: &'a Arc<Self>,
        key: &'a SmolStr,
        command: &'static str,
    ) -> Either<Ready<Permit<A>>, BoxFuture<'a, Permit<A>>>
    where
        A: Send,
    {
        match self.enter(key, command) {
            Entry::Free(permit) => Either::Left(ready(permit)),
            Entry::Wait(turn) => Either::Right(Box::pin(self.wait(turn, key, command))),
        }
    }

    async fn wait(
        self: &Arc<Self>,
        mut turn: oneshot::Receiver<Permit<A>>,
        key: &SmolStr,
        command: &'static str,
    ) -> Permit<A> {
        loop {
            // The sender is dropped without a permit only if handing it over was interrupted: try again.
            if let Ok(permit) = turn.await {
                return permit;
            }
            match self.enter(key, command) {
                Entry::Free(permit) => return permit,
                Entry::Wait(again) => turn = again,
            }
        }
    }

    /// The right to work on the aggregate, if nobody has it now.
    pub(super) fn try_acquire(self: &Arc<Self>, key: &SmolStr) -> Option<Permit<A>> {
        let state = self.slots().begin(key).ok()?;
        Some(self.permit(key.clone(), state))
    }

    fn enter(self: &Arc<Self>, key: &SmolStr, command: &'static str) -> Entry<A> {
        match self.slots().begin(key) {
            Ok(state) => Entry::Free(self.permit(key.clone(), state)),
            Err(queue) => Entry::Wait(queue.join(command)),
        }
    }

    fn permit(self: &Arc<Self>, key: SmolStr, state: Option<Loaded<A>>) -> Permit<A> {
        Permit { cache: Arc::clone(self), key: Some(key), state: Mutex::new(state) }
    }

    fn slots(&self) -> MutexGuard<'_, Slots<A>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Slot<A> {
    /// The state that was idle, which is in use from now on.
    fn take(&mut self) -> Option<Loaded<A>> {
        match std::mem::replace(self, Self::Busy(Queue::default())) {
            Self::Idle(state) => Some(state),
            Self::Busy(_) => None,
        }
    }
}

impl<A> Slots<A> {
    /// A permit for the stream begins to live, with the state that was idle; or there are those who wait for the one that lives.
    fn begin(&mut self, key: &SmolStr) -> Result<Option<Loaded<A>>, &mut Queue<Permit<A>>> {
        let mut known = match self.by_key.raw_entry_mut().from_key(key) {
            RawEntryMut::Occupied(known) => known,
            RawEntryMut::Vacant(new) => {
                new.insert(key.clone(), Slot::Busy(Queue::default()));
                return Ok(None);
            }
        };
        known.to_back();
        match known.into_mut() {
            Slot::Busy(queue) => Err(queue),
            slot @ Slot::Idle(_) => {
                self.idle -= 1;
                Ok(slot.take())
            }
        }
    }

    /// Whose turn it is next; if nobody waits, the permit's life is over, and its state is idle.
    fn next(
        &mut self,
        key: &SmolStr,
        state: &mut Option<Loaded<A>>,
        capacity: usize,
    ) -> Option<Sender<Permit<A>>> {
        let slot = self.by_key.get_mut(key)?;
        if let Slot::Busy(queue) = slot
            && let Some(next) = queue.next()
        {
            return Some(next);
        }
        if let Some(state) = state.take() {
            *slot = Slot::Idle(state);
            self.idle += 1;
            self.forget(capacity);
        } else {
            self.by_key.remove(key);
        }
        None
    }

    /// Lets the oldest states go. One that is in use is asked for at this moment: it becomes the youngest.
    fn forget(&mut self, capacity: usize) {
        while self.idle > capacity
            && let Some((key, slot)) = self.by_key.pop_front()
        {
            match slot {
                Slot::Idle(_) => self.idle -= 1,
                Slot::Busy(_) => drop(self.by_key.insert(key, slot)),
            }
        }
    }
}

impl<A> Permit<A> {
    /// Takes the cached state out, if there is one.
    pub(super) fn take(&mut self) -> Option<Loaded<A>> {
        self.state_mut().take()
    }

    /// Gives a state back that agrees with the store, for the next command.
    pub(super) fn keep(&self, loaded: Loaded<A>) {
        if self.cache.capacity > 0 {
            *self.state.lock().unwrap_or_else(PoisonError::into_inner) = Some(loaded);
        }
    }

    /// The command that has waited for the aggregate the longest, and does so still.
    pub(super) fn first_waiting(&self) -> Option<&'static str> {
        let slots = self.cache.slots();
        match slots.by_key.get(self.key.as_ref()?)? {
            Slot::Busy(queue) => queue.first_waiting(),
            Slot::Idle(_) => None,
        }
    }

    fn state_mut(&mut self) -> &mut Option<Loaded<A>> {
        self.state.get_mut().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A> Drop for Permit<A> {
    fn drop(&mut self) {
        let Some(key) = self.key.take() else { return };
        let mut state = self.state_mut().take();
        loop {
            let next = {
                let mut slots = self.cache.slots();
                let Some(next) = slots.next(&key, &mut state, self.cache.capacity) else { return };
                next
            };
            match next.send(self.cache.permit(key.clone(), state)) {
                Ok(()) => return,
                Err(mut refused) => {
                    state = refused.take();
                    refused.key = None;
                }
            }
        }
    }
}
