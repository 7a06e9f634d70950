//! Checkpoints, leases and dead letters.

use std::{
    collections::{BTreeMap, HashMap},
    time::{Duration, Instant},
};

use futures_util::future::{BoxFuture, FutureExt};
use uuid::Uuid;

use crate::{
    message::Position,
    store::{
        DeadLetter, DeadLetterKey, DeadLetterState, Lease, StoreError, Subscription, SubscriptionStart,
        SubscriptionStore,
    },
};

use super::MemoryStore;

#[derive(Debug, Default)]
pub(super) struct Subscriptions {
    by_name: HashMap<String, Kept>,
    /// By handler, stream and position, so that a stream's letters stand in order.
    dead_letters: BTreeMap<(String, crate::StreamId, Position), DeadLetter>,
}

#[derive(Debug)]
struct Kept {
    subscription: Subscription,
    lease: Option<(Uuid, Instant)>,
}

impl Subscriptions {
    fn subscribe(&mut self, start: &SubscriptionStart, head: Position) -> Subscription {
        let known = std::iter::once(&start.name).chain(start.aliases);
        let kept = known.into_iter().find_map(|name| self.by_name.remove(*name));
        let mut kept = kept.unwrap_or_else(|| Kept::new(start, head));
        if kept.subscription.name != start.name {
            self.rename_dead_letters(&kept.subscription.name, start.name);
        }
        start.name.clone_into(&mut kept.subscription.name);
        let subscription = kept.subscription.clone();
        self.by_name.insert(start.name.to_owned(), kept);
        subscription
    }

    fn acquire(&mut self, name: &str, owner: Uuid, until: Instant) -> Option<Lease> {
        let kept = self.by_name.get_mut(name)?;
        if kept.lease.is_some_and(|(holder, end)| holder != owner && end > Instant::now()) {
            return None;
        }
        kept.lease = Some((owner, until));
        kept.subscription.epoch += 1;
        Some(Lease { name: name.to_owned(), owner, epoch: kept.subscription.epoch })
    }

    /// The subscription, if the lease is still the present one.
    fn leased(&mut self, lease: &Lease) -> Option<&mut Kept> {
        let kept = self.by_name.get_mut(&lease.name)?;
        let holds = kept.subscription.epoch == lease.epoch
            && kept.lease.is_some_and(|(holder, _)| holder == lease.owner);
        holds.then_some(kept)
    }

    fn park(&mut self, mut letter: DeadLetter) {
        let key = tuple(&letter.key);
        let first = (key.0.clone(), key.1.clone(), Position::START);
        // A stream that was freed in the meantime has nothing to queue behind.
        if letter.state == DeadLetterState::Queued
            && self.dead_letters.range(first..key.clone()).next().is_none()
        {
            letter.state = DeadLetterState::Retrying;
        }
        if letter.state == DeadLetterState::Failed || !self.dead_letters.contains_key(&key) {
            self.dead_letters.insert(key, letter);
        }
    }

    /// A handler under a new name keeps its dead letters.
    fn rename_dead_letters(&mut self, from: &str, to: &str) {
        for mut letter in self
            .dead_letters
            .extract_if(.., |key, _| key.0 == from)
            .map(|(_, letter)| letter)
            .collect::<Vec<_>>()
        {
            to.clone_into(&mut letter.key.handler);
            self.dead_letters.insert(tuple(&letter.key), letter);
        }
    }

    fn remove(&mut self, key: &DeadLetterKey) -> bool {
        let removed = self.dead_letters.remove(&tuple(key)).is_some();
        if removed {
            let after = tuple(key);
            let next = self.dead_letters.range_mut(after..).next();
            if let Some((_, letter)) = next.filter(|(next, _)| next.0 == key.handler && next.1 == key.stream)
            {
                letter.state = DeadLetterState::Retrying;
            }
        }
        removed
    }
}

impl Kept {
    fn new(start: &SubscriptionStart, head: Position) -> Self {
        let position = start.position.unwrap_or(head);
        let subscription = Subscription {
            name: start.name.to_owned(),
            version: start.version,
            position,
            started_at: position,
            epoch: 0,
        };
        Self { subscription, lease: None }
    }
}

fn tuple(key: &DeadLetterKey) -> (String, crate::StreamId, Position) {
    (key.handler.clone(), key.stream.clone(), key.position)
}

impl SubscriptionStore for MemoryStore {
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>> {
        async move {
            let mut content = self.open()?;
            let head = content.log.head();
            Ok(content.subscriptions.subscribe(&start, head))
        }
        .boxed()
    }

    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>> {
        async move { Ok(self.open()?.subscriptions.by_name.get(name).map(|kept| kept.subscription.clone())) }
            .boxed()
    }

    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>> {
        async move {
            let content = self.open()?;
            let mut all: Vec<_> =
                content.subscriptions.by_name.values().map(|kept| kept.subscription.clone()).collect();
            all.sort_by(|one, other| one.name.cmp(&other.name));
            Ok(all)
        }
        .boxed()
    }

    fn advance<'a>(
        &'a self,
        name: &'a str,
        epoch: u64,
        from: Position,
        to: Position,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let Some(kept) = content.subscriptions.by_name.get_mut(name) else { return Ok(false) };
            let subscription = &mut kept.subscription;
            let moves = subscription.position == from && subscription.epoch == epoch;
            if moves {
                subscription.position = to;
            }
            Ok(moves)
        }
        .boxed()
    }

    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>> {
        async move { Ok(self.open()?.subscriptions.acquire(name, owner, Instant::now() + duration)) }.boxed()
    }

    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let Some(kept) = content.subscriptions.leased(lease) else { return Ok(false) };
            kept.lease = Some((lease.owner, Instant::now() + duration));
            Ok(true)
        }
        .boxed()
    }

    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>> {
        async move {
            if let Some(kept) = self.open()?.subscriptions.leased(lease) {
                kept.lease = None;
            }
            Ok(())
        }
        .boxed()
    }

    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>> {
        async move {
            self.open()?.subscriptions.park(letter);
            Ok(())
        }
        .boxed()
    }

    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        async move {
            let content = self.open()?;
            let letters = content.subscriptions.dead_letters.values();
            Ok(letters.filter(|letter| letter.key.handler == handler).cloned().collect())
        }
        .boxed()
    }

    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move {
            let mut content = self.open()?;
            let letter = content.subscriptions.dead_letters.get_mut(&tuple(key));
            Ok(letter.map(|letter| letter.state = DeadLetterState::Retrying).is_some())
        }
        .boxed()
    }

    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>> {
        async move { Ok(self.open()?.subscriptions.remove(key)) }.boxed()
    }
}
