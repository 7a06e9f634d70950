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

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use foldhash::fast::RandomState;
use hashlink::LruCache;
use smol_str::SmolStr;
use tokio::sync::oneshot;

use crate::repository::Loaded;

use super::queue::Queue;

#[derive(Debug)]
pub(super) struct AggregateCache<A> {
    capacity: usize,
    slots: Mutex<Slots<A>>,
}

#[derive(Debug)]
struct Slots<A> {
    idle: LruCache<SmolStr, Loaded<A>, RandomState>,
    busy: HashMap<SmolStr, Queue<Permit<A>>, RandomState>,
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
        let idle = LruCache::with_hasher(capacity, RandomState::default());
        let slots = Slots { idle, busy: HashMap::default() };
        Self { capacity, slots: Mutex::new(slots) }
    }

    /// The right to work on the aggregate for this command, once everybody before has finished.
    pub(super) async fn acquire(self: &Arc<Self>, key: &SmolStr, command: &'static str) -> Permit<A> {
        loop {
            match self.enter(key, command) {
                Entry::Free(permit) => return permit,
                // The sender is dropped without a permit only if handing it over was interrupted: try again.
                Entry::Wait(turn) => {
                    if let Ok(permit) = turn.await {
                        return permit;
                    }
                }
            }
        }
    }

    /// The right to work on the aggregate, if nobody has it now.
    pub(super) fn try_acquire(self: &Arc<Self>, key: &SmolStr) -> Option<Permit<A>> {
        let mut slots = self.slots();
        if slots.busy.contains_key(key) {
            return None;
        }
        slots.busy.insert(key.clone(), Queue::default());
        let state = slots.idle.remove(key);
        Some(self.permit(key.clone(), state))
    }

    fn enter(self: &Arc<Self>, key: &SmolStr, command: &'static str) -> Entry<A> {
        let mut slots = self.slots();
        if let Some(queue) = slots.busy.get_mut(key) {
            return Entry::Wait(queue.join(command));
        }
        slots.busy.insert(key.clone(), Queue::default());
        let state = slots.idle.remove(key);
        Entry::Free(self.permit(key.clone(), state))
    }

    fn permit(self: &Arc<Self>, key: SmolStr, state: Option<Loaded<A>>) -> Permit<A> {
        Permit { cache: Arc::clone(self), key: Some(key), state: Mutex::new(state) }
    }

    fn slots(&self) -> MutexGuard<'_, Slots<A>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
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
        slots.busy.get(self.key.as_ref()?)?.first_waiting()
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
                let Some(next) = slots.busy.get_mut(&key).and_then(Queue::next) else {
                    slots.busy.remove(&key);
                    if let Some(state) = state {
                        slots.idle.insert(key, state);
                    }
                    return;
                };
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
