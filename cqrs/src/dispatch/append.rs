//! The one atomic write of a command, and what becomes of it.

use std::time::Duration;

use futures_util::future::BoxFuture;
use metrics::counter;
use tracing::{Instrument, debug_span};

use crate::{
    message::CommandId,
    process::refusal_of,
    store::{Append, Appended, RecordedCommand, StoreError, StreamWrite},
};

use super::{DispatchError, Receipt, dispatcher::Core, prepared::Prepared};

/// How often the store is asked for a command of unknown fate, over a second or so unless it takes longer to answer.
const LOOKS: u32 = 10;

/// How long after the first time it is asked again.
const FIRST_PAUSE: Duration = Duration::from_millis(2);

/// What became of a write.
pub(super) enum Written {
    /// It is stored.
    Stored(Receipt),
    /// It, or its like, was stored before.
    Repeated(Receipt),
    /// It is not stored, and the command is to be decided again.
    Again,
}

/// How often a command was decided so far.
#[derive(Debug)]
pub(super) struct Attempts {
    count: u32,
    limit: u32,
}

impl Attempts {
    pub(super) fn new(retries: u32) -> Self {
        Self { count: 1, limit: retries.saturating_add(1) }
    }

    /// Waits a little, longer each time up to 16 ms and never as long as somebody else, before another attempt; `false` if
    /// there have been enough.
    pub(super) async fn again(&mut self) -> bool {
        if self.count >= self.limit {
            return false;
        }
        let longest = 1_u64 << self.count.min(4);
        self.count += 1;
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..longest * 1_000))).await;
        true
    }
}

impl Core {
    /// What came of the command when it was dispatched before, if it was.
    pub(super) async fn first_outcome<E>(
        &self,
        prepared: &Prepared,
    ) -> Result<Option<Receipt>, DispatchError<E>> {
        let found = self.store.command(prepared.claim.id).await.map_err(DispatchError::Store)?;
        let Some(recorded) = found else { return Ok(None) };
        match recorded.refusal_of(&prepared.claim) {
            StoreError::AlreadyHandled(recorded) => self.repeated(*recorded).await.map(Some),
            StoreError::CommandIdReused { id, name } => Err(DispatchError::CommandIdReused { id, name }),
            error => Err(DispatchError::Store(error)),
        }
    }

    /// The outcome of a dispatch that stored nothing ([`Prepared::needs_a_look`]), unless the command turns out to be stored. A decision
    /// without an append may rest on the command's own events: those of a twin dispatched at the same time, or of a
    /// write of unknown fate that landed late. Events and record are stored in one transaction, so whoever saw
    /// the events finds the record.
    pub(super) async fn unless_stored<E>(
        &self,
        prepared: &Prepared,
        outcome: Result<Receipt, DispatchError<E>>,
    ) -> Result<Receipt, DispatchError<E>> {
        match (self.first_outcome(prepared).await, outcome) {
            (Ok(Some(receipt)), _) => Ok(receipt),
            (Ok(None), outcome) | (Err(_), outcome @ Err(DispatchError::OutcomeUnknown { .. })) => outcome,
            (Err(error), _) => Err(error),
        }
    }

    /// Appends the writes with the command's claim; without events, the record that nothing happens. A conflict is an invitation to decide again, as long as the
    /// caller did not name a version; so is a write whose fate was unknown and that turns out not to be there.
    pub(super) async fn append<E>(
        &self,
        prepared: &Prepared,
        writes: Vec<StreamWrite>,
        attempts: &mut Attempts,
    ) -> Result<Written, DispatchError<E>> {
        let settling = match self.write(prepared, writes).instrument(debug_span!("append")).await {
            Ok(appended) => {
                prepared.is_answered();
                return Ok(Written::Stored(stored(prepared.claim.id, appended)));
            }
            Err(error) => Box::pin(self.not_stored(prepared, error, attempts)),
        };
        let written = settling.await;
        if matches!(written, Ok(Written::Stored(_) | Written::Repeated(_))) {
            prepared.is_answered();
        }
        written
    }

    /// No `async fn`: one would keep a place for what it hands to the store.
    fn write(
        &self,
        prepared: &Prepared,
        writes: Vec<StreamWrite>,
    ) -> BoxFuture<'_, Result<Appended, StoreError>> {
        let (command, metadata) = (Some(prepared.claim.clone()), prepared.metadata.clone());
        self.store.append(Append { writes, command, metadata })
    }

    /// What becomes of a command whose write was refused, or failed.
    pub(super) async fn not_stored<E>(
        &self,
        prepared: &Prepared,
        error: StoreError,
        attempts: &mut Attempts,
    ) -> Result<Written, DispatchError<E>> {
        match error {
            StoreError::AlreadyHandled(recorded) => {
                Box::pin(self.repeated(*recorded)).await.map(Written::Repeated)
            }
            StoreError::CommandIdReused { id, name } => Err(DispatchError::CommandIdReused { id, name }),
            error @ StoreError::OutcomeUnknown(_) => Box::pin(self.settle(prepared, error, attempts)).await,
            StoreError::Conflict { stream, expected, actual } => {
                counter!("cqrs_commands_retried_total", "command" => prepared.claim.name.to_string())
                    .increment(1);
                if Box::pin(attempts.again()).await {
                    return Ok(Written::Again);
                }
                let attempts = attempts.count;
                Err(DispatchError::Conflict { stream, expected, actual, attempts, rejection: None })
            }
            error => Err(DispatchError::Store(error)),
        }
    }

    /// After a write of unknown fate the command's record tells: it was stored in the same transaction. Trying
    /// again is safe even if the write lands late: the second would find its id taken, or, refused for what the
    /// first did, its record ([`Core::unless_stored`]).
    async fn settle<E>(
        &self,
        prepared: &Prepared,
        unknown: StoreError,
        attempts: &mut Attempts,
    ) -> Result<Written, DispatchError<E>> {
        prepared.fate_is_unknown();
        match self.look_up(prepared.claim.id).await {
            Ok(Some(recorded)) => {
                let receipt = self.repeated(recorded).await?;
                Ok(Written::Repeated(Receipt { repeated: false, ..receipt }))
            }
            Ok(None) if attempts.again().await => Ok(Written::Again),
            Ok(None) | Err(_) => {
                Err(DispatchError::OutcomeUnknown { id: prepared.claim.id, source: unknown })
            }
        }
    }

    /// What came of a command the first time: never a receipt for one that was refused for good.
    async fn repeated<E>(&self, recorded: RecordedCommand) -> Result<Receipt, DispatchError<E>> {
        if let Some(refusal) = refusal_of(&*self.store, &recorded).await.map_err(DispatchError::Store)? {
            return Err(DispatchError::Refused(refusal));
        }
        let RecordedCommand { id, appended, .. } = recorded;
        Ok(Receipt { command_id: id, appended, repeated: true })
    }

    /// What the store knows of a command whose connection broke. The others are probably broken, too, and the store
    /// finds out by using them: it is asked again, a little later each time.
    async fn look_up(&self, id: CommandId) -> Result<Option<RecordedCommand>, StoreError> {
        let mut pause = FIRST_PAUSE;
        for _ in 1..LOOKS {
            match self.store.command(id).await {
                Err(error) if error.is_transient() => tokio::time::sleep(pause).await,
                answer => return answer,
            }
            pause *= 2;
        }
        self.store.command(id).await
    }
}

fn stored(command_id: CommandId, appended: Appended) -> Receipt {
    Receipt { command_id, appended, repeated: false }
}
