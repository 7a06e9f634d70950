//! How far each reader of the log has come, who may move it on, and what it could not handle.

use std::time::Duration;

use futures_util::future::BoxFuture;
use jiff::Timestamp;
use uuid::Uuid;

use crate::message::{Position, StreamId, Version};

use super::StoreError;

/// The kept state of one subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// Its name.
    pub name: String,
    /// The version of what it builds; a projection that is raised starts over.
    pub version: u32,
    /// The checkpoint: everything up to here is done.
    pub position: Position,
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

/// The right to run a subscription, for a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The subscription.
    pub name: String,
    /// Who has it.
    pub owner: Uuid,
    /// Larger than that of every owner before.
    pub epoch: u64,
}

/// What names a dead letter.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DeadLetterKey {
    /// The subscription that could not handle the event.
    pub handler: String,
    /// The stream, which is parked.
    pub stream: StreamId,
    /// The event's place.
    pub position: Position,
}

/// What is the matter with a dead letter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeadLetterState {
    /// Its event failed; it parks the stream.
    Failed,
    /// Its event waits behind one that failed.
    Queued,
    /// Somebody asked for its event to be handled again.
    Retrying,
}

/// An event a subscription could not handle, or that waits behind such a one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeadLetter {
    /// What names it.
    pub key: DeadLetterKey,
    /// The version of the event in its stream.
    pub version: Version,
    /// What is the matter with it.
    pub state: DeadLetterState,
    /// How often the event was tried.
    pub attempts: u32,
    /// The last error and its causes; empty for one that only waits.
    pub error: String,
    /// When it was put here.
    pub time: Timestamp,
}

/// Keeps checkpoints, leases and dead letters.
///
/// A checkpoint moves by compare-and-set on its position and the owner's epoch: of two that move it from the same
/// place one wins, and an owner that lost its lease while it slept cannot move it at all.
pub trait SubscriptionStore: Send + Sync + 'static {
    /// The subscription, made with the given start if it is new. One found under an alias is renamed.
    fn subscribe(&self, start: SubscriptionStart) -> BoxFuture<'_, Result<Subscription, StoreError>>;

    /// The subscription, if it is known.
    fn subscription<'a>(&'a self, name: &'a str) -> BoxFuture<'a, Result<Option<Subscription>, StoreError>>;

    /// All known subscriptions.
    fn subscriptions(&self) -> BoxFuture<'_, Result<Vec<Subscription>, StoreError>>;

    /// Moves a checkpoint; `false` if it is no longer at `from`, or the epoch no longer `epoch`.
    fn advance<'a>(
        &'a self,
        name: &'a str,
        epoch: u64,
        from: Position,
        to: Position,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Takes the lease for `duration`; `None` while another owner has it. Taking raises the epoch.
    fn acquire_lease<'a>(
        &'a self,
        name: &'a str,
        owner: Uuid,
        duration: Duration,
    ) -> BoxFuture<'a, Result<Option<Lease>, StoreError>>;

    /// Keeps the lease for `duration` from now; `false` if it was lost.
    fn renew_lease<'a>(
        &'a self,
        lease: &'a Lease,
        duration: Duration,
    ) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Gives the lease back, so that another owner need not wait for its end.
    fn release_lease<'a>(&'a self, lease: &'a Lease) -> BoxFuture<'a, Result<(), StoreError>>;

    /// Keeps a dead letter; one that is there already stays, with the new state, attempts and error if `state`
    /// is [`DeadLetterState::Failed`].
    fn park(&self, letter: DeadLetter) -> BoxFuture<'_, Result<(), StoreError>>;

    /// The dead letters of a subscription, by stream and position.
    fn dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<Vec<DeadLetter>, StoreError>>;

    /// How many dead letters a subscription has.
    fn count_dead_letters<'a>(&'a self, handler: &'a str) -> BoxFuture<'a, Result<u64, StoreError>> {
        Box::pin(async move { Ok(self.dead_letters(handler).await?.len() as u64) })
    }

    /// Asks for a dead letter to be handled again; `false` if there is none.
    fn retry_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>>;

    /// Removes a dead letter, because its event was handled or is to be skipped. The next one of the stream, if
    /// any, becomes [`DeadLetterState::Retrying`]. `false` if there is none.
    fn remove_dead_letter<'a>(&'a self, key: &'a DeadLetterKey) -> BoxFuture<'a, Result<bool, StoreError>>;
}
