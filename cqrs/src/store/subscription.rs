//! How far each reader of the log has come, who may move it on, and what it could not handle.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::message::Position;

use super::{
    DeadLetter, DeadLetterKey, DeadLetterQuery, ProcessCounts, ProcessQuery, ProcessRow, Settlement,
    StoreError,
};

/// The kept state of one subscription.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// The version of what it builds; a projection that is raised starts over.
    pub version: u32,
    /// The checkpoint: everything up to here is done, or waits behind a dead letter.
    pub position: Position,
    /// Events after the checkpoint that are done, too, in order; those at or before it say nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub done_above: Vec<Position>,
    /// Where it began.
    pub started_at: Position,
    /// How often its owner has changed. Only the present owner's epoch may move the checkpoint.
    pub epoch: u64,
}

/// How a subscription begins when the store sees it for the first time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SubscriptionStart {
    /// Its name.
    pub name: &'static str,
    /// Former names, whose checkpoint it takes over.
    pub aliases: &'static [&'static str],
    /// The version of what it builds.
    pub version: u32,
    /// Where it begins; `None` means after the last event that is there.
    pub position: Option<Position>,
}

/// The longest lease there is. One that is said to last longer was not written by this library, and is not believed: whoever
/// wants it takes it.
pub const LONGEST_LEASE: Duration = Duration::from_hours(1);

/// Who has a lease at present, for those who look.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LeaseInSight {
    /// The owner, as it is kept.
    pub owner: String,
    /// When the lease ends, unless it is renewed; `None` where that is not kept.
    pub until: Option<Timestamp>,
}

/// The right to run a subscription, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// The subscription.
    pub name: String,
    /// Who has it.
    pub owner: Uuid,
    /// Larger than that of every owner before.
    pub epoch: u64,
}

/// Keeps checkpoints, leases and dead letters.
///
/// A checkpoint moves by compare-and-set on its position and the owner's epoch: of two that move it from the same
/// place one wins, and an owner that lost its lease while it slept cannot move it at all.
///
/// [`KeptSubscription`](super::KeptSubscription) and [`ParkedStream`](super::ParkedStream) are the rules as plain code, for a
/// store that keeps such values and changes them in transactions.
pub trait SubscriptionStore: Send + Sync + 'static {
    /// Returns the subscription, made with the given start if it is new. One found under an alias is renamed, with its
    /// checkpoint, its lease and its dead letters, and is known under the alias no more. One that is known under its name is
    /// given as it is: neither another version nor another position changes it, and aliases are not looked at.
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>>;

    /// Returns the subscription, if it is known.
    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>>;

    /// Returns all known subscriptions, by name.
    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>>;

    /// Keeps how far the owner of a lease has come: the checkpoint moves, forward or back, and the letters and the rows of
    /// processes change in the same transaction. `false`, and nothing is changed, if the checkpoint is no longer at `from`, the epoch no longer `epoch`, or the
    /// name unknown. Whether the lease has run out meanwhile does not matter, as long as nobody took it.
    fn settle<'a>(&'a self, settlement: &'a Settlement) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Returns the first processes that a query wants, `limit` at most, by key: as the settlements have left them.
    ///
    /// [`KeptProcesses`](super::KeptProcesses) is the rules as plain code.
    fn process_page<'a>(
        &'a self,
        query: &'a ProcessQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<ProcessRow>, StoreError>>;

    /// Returns how many processes of a category there are.
    fn count_processes<'a>(&'a self, category: &'a str) -> BoxFuture<'a, Result<ProcessCounts, StoreError>>;

    /// Moves a checkpoint, and nothing else, by [`settle`](Self::settle).
    fn advance<'a>(
        &'a self,
        name: &'a str,
        epoch: u64,
        from: Position,
        to: Position,
    ) -> BoxFuture<'a, Result<bool, StoreError>> {
        let settlement = Settlement::new(name, epoch, from, to);
        Box::pin(async move { self.settle(&settlement).await })
    }

    /// Takes the lease for `duration`, or for [`LONGEST_LEASE`] if that is less; `None` while another owner has it, and for a
    /// name that is not known. Taking raises the epoch, also of an owner that has the lease already. A lease that is kept with
    /// an end later than any the library writes is free.
    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>>;

    /// Keeps the lease for `duration` from now; `false` if it was given back or another was taken since: whoever is not the
    /// owner, or has a former epoch, renews nothing. One that has run out and that nobody took is renewed.
    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Gives the lease back, so that another owner need not wait for its end. One that is not the present one changes
    /// nothing.
    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Returns who has the lease; `None` if nobody has, or the store does not say.
    fn lease_holder<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<LeaseInSight>, StoreError>> {
        let _ = name;
        Box::pin(async { Ok(None) })
    }

    /// Keeps a dead letter. One that is [`DeadLetterState::Queued`] with nothing before it in its stream, because that was
    /// freed in the meantime, becomes [`DeadLetterState::Retrying`].
    ///
    /// One that is there already stays, with its time; it has the new state, attempts and error if `state` is
    /// [`DeadLetterState::Failed`], and else its own.
    ///
    /// [`DeadLetterState::Queued`]: super::DeadLetterState::Queued
    /// [`DeadLetterState::Retrying`]: super::DeadLetterState::Retrying
    /// [`DeadLetterState::Failed`]: super::DeadLetterState::Failed
    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>>;

    /// Returns the dead letters of a subscription, by stream and position.
    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>>;

    /// Returns the first dead letters that a query wants, `limit` at most, by stream and position. By default all are read, and
    /// most are left out.
    fn dead_letter_page<'a>(
        &'a self,
        query: &'a DeadLetterQuery,
        limit: usize,
    ) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>> {
        Box::pin(async move {
            let mut letters = self.dead_letters(&query.handler).await?;
            letters.retain(|letter| query.matches(letter));
            letters.truncate(limit);
            Ok(letters)
        })
    }

    /// Returns how many dead letters a subscription has: those that somebody has to see to, and what queues behind them in
    /// letters. One that waits for a retry, or is resuming, does not count.
    fn count_dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move {
            let letters = self.dead_letters(handler).await?;
            Ok(letters.iter().filter(|letter| letter.state.is_dead()).count() as u64)
        })
    }

    /// Asks for a dead letter to be handled again: it becomes [`DeadLetterState::Retrying`](super::DeadLetterState::Retrying).
    /// `false` if there is none, or if it is [`DeadLetterState::Resuming`](super::DeadLetterState::Resuming): its event is done.
    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Removes a dead letter, because its event was handled or is to be skipped; `false` if there is none. If it was the
    /// first of its stream, the next one, if any, becomes [`DeadLetterState::Retrying`](super::DeadLetterState::Retrying); behind
    /// one that is still there, nothing changes.
    ///
    /// One whose [`queue`](DeadLetter::queue) is in the log stays, and becomes
    /// [`DeadLetterState::Resuming`](super::DeadLetterState::Resuming): else nobody would know where that queue begins. Its owner
    /// removes it, by [`settle`](Self::settle), when nothing waits behind it any more.
    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>>;
}
