//! Dropping events that were handled before.

use std::{sync::Arc, time::Duration};

use smol_str::SmolStr;

use crate::{
    bus::Message,
    message::{StreamId, Version},
    store::{InboxStore, StoreError},
};

use super::{HandlingError, worker::Arrived};

/// How many events of a stream may be missing between two that come. Dead letters and a new relay leave gaps; what leaves a
/// larger one is not believed.
const MOST_MISSING: u64 = 1_000_000;

/// How long to wait for a store that is away before it is asked again.
const PAUSE: Duration = Duration::from_millis(500);

/// What a group of listeners has handled.
///
/// Invariant: a version is noted after its event was handled and before the event is acknowledged. So an event is never
/// dropped that was not handled; one may be handled twice if its listener dies in between. What claims to be far ahead of
/// its stream is a dead letter and not noted, or everything up to there would be taken for doubles.
pub(super) struct Inbox {
    pub(super) store: Arc<dyn InboxStore>,
    pub(super) group: SmolStr,
}

impl Inbox {
    /// Handles a message unless it, or a later one of its stream, was handled before. What was a dead letter and is
    /// retried is handled in any case: nobody but people make it come.
    pub(super) async fn once<M, R>(
        &self,
        arrived: Arrived<M>,
        handler: impl FnOnce(M) -> R,
    ) -> Result<(), HandlingError>
    where
        M: Message,
        R: Future<Output = Result<(), HandlingError>>,
    {
        let Arrived { message, retried, again: _ } = arrived;
        let Some((stream, version)) = message.place() else { return handler(message).await };
        let stream = stream.clone();
        let last = self.last(&stream).await.map_err(failed)?;
        if version <= last && !retried {
            self.report_double(&stream, version, last);
            return Ok(());
        }
        if !retried {
            check_gap(&stream, last, version)?;
        }
        handler(message).await?;
        if !retried {
            self.report_gap(&stream, last, version);
        }
        self.note_at_last(&stream, last, version).await.map_err(HandlingError::transient)
    }

    /// Notes a version, and waits for a store that is away: the event was handled, and is not to be handled again for that.
    async fn note_at_last(&self, stream: &StreamId, last: Version, to: Version) -> Result<(), StoreError> {
        loop {
            match self.note(stream, last, to).await {
                Err(error) if error.is_outage() => tokio::time::sleep(PAUSE).await,
                noted => return noted,
            }
        }
    }

    async fn last(&self, stream: &StreamId) -> Result<Version, StoreError> {
        self.store.last_handled(&self.group, stream).await
    }

    /// Moves the version up to `to`, unless another listener has moved it there or beyond.
    async fn note(&self, stream: &StreamId, mut last: Version, to: Version) -> Result<(), StoreError> {
        while last < to && !self.store.record_handled(&self.group, stream, last, to).await? {
            last = self.last(stream).await?;
        }
        Ok(())
    }

    fn report_double(&self, stream: &StreamId, version: Version, last: Version) {
        metrics::counter!("cqrs_inbox_duplicates_total", "group" => self.group.to_string()).increment(1);
        tracing::debug!(group = %self.group, %stream, %version, %last, "an event came twice and was dropped");
    }

    /// What a group sees first of a stream need not be its beginning: the stream may be older than the group.
    fn report_gap(&self, stream: &StreamId, last: Version, version: Version) {
        let missing = version.get() - last.get() - 1;
        if last == Version::NONE || missing == 0 {
            return;
        }
        metrics::counter!("cqrs_inbox_missing_total", "group" => self.group.to_string()).increment(missing);
        tracing::warn!(
            group = %self.group, %stream, %version, %last, missing,
            "events of the stream were not handled before this one: they are dead letters, or were skipped"
        );
    }
}

/// An event that claims to be far ahead of its stream.
#[derive(Debug, thiserror::Error)]
#[error(
    "the event claims version {version} of stream `{stream}`, of which version {last} was handled last: {missing} would be missing"
)]
struct Implausible {
    stream: StreamId,
    version: Version,
    last: Version,
    missing: u64,
}

/// What a group sees first of a stream is believed: the stream may be older than the group.
fn check_gap(stream: &StreamId, last: Version, version: Version) -> Result<(), HandlingError> {
    let missing = version.get().saturating_sub(last.get()).saturating_sub(1);
    if last == Version::NONE || missing <= MOST_MISSING {
        return Ok(());
    }
    let stream = stream.clone();
    Err(HandlingError::permanent(Implausible { stream, version, last, missing }))
}

/// What an error of the inbox means for a message.
fn failed(error: StoreError) -> HandlingError {
    if error.is_outage() { HandlingError::unavailable(error) } else { HandlingError::transient(error) }
}
