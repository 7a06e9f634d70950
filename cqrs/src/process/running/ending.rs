//! Ending a process by an operator's hand.

use std::{future::IntoFuture, marker::PhantomData, sync::Arc};

use futures_util::{FutureExt, future::BoxFuture};

use crate::{
    clock::Clock,
    message::{CommandId, Metadata, Position, StreamId},
    store::{Append, CommandClaim, CommandForm, Expected, Store, StoreError, StreamWrite},
};

use super::{
    super::{ProcessEnded, ProcessManager, Step, names},
    last::{Last, last_step},
    looking::Processes,
};

/// How often it is tried while the process moves on.
const ATTEMPTS: u32 = 50;

/// What has become of a process that was to be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// It has ended, by an event that stands there in the log.
    Ended(Position),
    /// It had ended before.
    HadEnded,
    /// It has not started: there is nothing to be ended.
    NotStarted,
}

/// The end of a process by an operator's hand; await it. Made by [`Processes::end`].
#[must_use = "a process is ended when this is awaited"]
pub struct EndProcess<P> {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    process: StreamId,
    reason: String,
    metadata: Metadata,
    manager: PhantomData<fn() -> P>,
}

impl<P: ProcessManager> Processes<P> {
    /// Ends a process, whatever state it is in: by an event of its stream, `process/ended`, that has the reason. Its state is not read,
    /// and its dead letters do not hold it up.
    ///
    /// It resolves once the event is stored. From then on triggers are passed over, as for any process that has ended. What follows
    /// is done by the worker that makes the steps, also if this program ends meanwhile: its timers are cancelled; its commands that
    /// have no outcome yet are refused as [withdrawn](crate::store::RefusalReason::Withdrawn), each under its own id, so that nobody
    /// can accept it any more, those included that wait for a time; and what its letters stand for is passed over. A
    /// command that was handed to the command bus is with others: it is not taken back.
    ///
    /// ```no_run
    /// use cqrs::{prelude::*, process::{EndError, Ending}};
    ///
    /// async fn give_up<P: ProcessManager>(app: &Application, id: &P::Id) -> Result<(), EndError> {
    ///     match app.process::<P>().end(id, "the customer has died").actor("alice").await? {
    ///         Ending::Ended(position) => println!("it has ended, at {position}"),
    ///         Ending::HadEnded => println!("it had ended before"),
    ///         Ending::NotStarted => println!("there is no such process"),
    ///     }
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    pub fn end(&self, id: &P::Id, reason: impl Into<String>) -> EndProcess<P> {
        EndProcess {
            store: Arc::clone(&self.store),
            clock: Arc::clone(&self.clock),
            process: P::stream(id),
            reason: reason.into(),
            metadata: Metadata::new(),
            manager: PhantomData,
        }
    }
}

/// Why a process could not be ended.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum EndError {
    /// Its stream moved whenever its end was to be stored.
    #[error("{0} moves on faster than its end can be stored; try again")]
    Moving(StreamId),
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<P> EndProcess<P> {
    /// Says who ends it.
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.metadata.actor = Some(actor.into().into());
        self
    }

    async fn run(self) -> Result<Ending, EndError> {
        for _ in 0..ATTEMPTS {
            let last = last_step(&*self.store, &self.process).await?;
            let Some(step) = last.step.clone() else { return Ok(Ending::NotStarted) };
            if step.ended {
                return Ok(Ending::HadEnded);
            }
            match self.store.append(self.append(&last, &step)?).await {
                Ok(appended) => return Ok(Ending::Ended(appended.last_position())),
                Err(StoreError::AlreadyHandled(_)) => return Ok(Ending::HadEnded),
                Err(StoreError::Conflict { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(EndError::Moving(self.process))
    }

    /// Only if the process stands where it was looked at: so the timers are all that are pending.
    fn append(&self, last: &Last, step: &Step) -> Result<Append, StoreError> {
        let cancelled = step.pending.iter().map(|timer| timer.id).collect();
        let event = ProcessEnded { reason: self.reason.clone(), cancelled }.event(&self.process);
        let event = event.map_err(|error| StoreError::engine("encode the end of a process", error))?;
        let form = CommandForm { version: 1, shape: 0, digest: None };
        let id = CommandId::from(event.id.as_uuid());
        let claim = CommandClaim { id, name: names::ENDED.into(), aliases: &[], form };
        let (stream, expected) = (self.process.clone(), Expected::Exactly(last.version));
        let writes = vec![StreamWrite { stream, expected, events: vec![event] }];
        let metadata = Metadata { time: self.clock.now(), ..self.metadata.clone() };
        Ok(Append { writes, command: Some(claim), metadata })
    }
}

impl<P: 'static> IntoFuture for EndProcess<P> {
    type Output = Result<Ending, EndError>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        self.run().boxed()
    }
}

impl<P: ProcessManager> std::fmt::Debug for EndProcess<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "EndProcess({}, {:?})", self.process, self.reason)
    }
}
