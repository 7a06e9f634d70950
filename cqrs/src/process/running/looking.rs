//! Looking into processes.

use std::{marker::PhantomData, sync::Arc};

use tokio::sync::watch;

use crate::{
    clock::Clock,
    dispatch::Core,
    event::{Envelope, RecordedEvent},
    message::{Position, StreamId},
    store::{EventQuery, Store, StoreError, read_page_within},
    subscription::Status,
};

use super::{
    super::{
        CommandRefused, ProcessEnded, ProcessManager, Standing, Step, StepError, TimerDue, TriggerWaits,
        names,
    },
    last::last_step,
};

/// The processes of one process manager: to be looked into, listed, waited for, and ended by hand.
///
/// ```no_run
/// use cqrs::{prelude::*, process::{Standing, Was}};
///
/// async fn show<P>(app: &Application, id: &P::Id) -> Result<(), Box<dyn std::error::Error>>
/// where
///     P: ProcessManager + std::fmt::Debug,
/// {
///     match app.process::<P>().state(id).await? {
///         Standing::Absent => println!("it has not started"),
///         Standing::Live { state, pending } => println!("{state:?}, waiting for {pending:?}"),
///         Standing::Ended => println!("it has ended"),
///         _ => {}
///     }
///     for past in app.process::<P>().history(id).await? {
///         match past.was {
///             Was::Step(step) => println!("{} led to {} commands", step.trigger.name, step.commands.len()),
///             Was::Timer(timer) => println!("`{}` was due at {}", timer.name, timer.due),
///             Was::Refusal(refused) => println!("`{}` was refused: {}", refused.command.name, refused.text),
///             _ => {}
///         }
///     }
///     Ok(())
/// }
/// # fn main() {}
/// ```
pub struct Processes<P> {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    /// Of the workers that make the steps, if they run here.
    pub(super) steps: Vec<watch::Receiver<Status>>,
    process: PhantomData<fn() -> P>,
}

/// One thing of a process's past.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    /// Where it stands in the log.
    pub position: Position,
    /// When it was, and on whose behalf.
    pub envelope: Envelope,
    /// What it was.
    pub was: Was,
}

/// What one thing of a process's past was.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Was {
    /// A step: its trigger, the state after it, what it sends, the timers it sets and cancels.
    Step(Box<Step>),
    /// A timer that had come.
    Timer(TimerDue),
    /// A trigger that came before the process had started, and waited for it.
    Waited(TriggerWaits),
    /// A command of its own that was refused.
    Refusal(Box<CommandRefused>),
    /// Its end by an operator's hand.
    Ended(ProcessEnded),
}

/// Why a process cannot be looked into.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LookError {
    /// Its state cannot be read by the type as it is now.
    #[error(transparent)]
    Step(#[from] StepError),
    /// Its stream is that of no id of the process manager.
    #[error("{process} is the stream of no process that there could be: {reason}")]
    Id {
        /// The stream.
        process: StreamId,
        /// What the id type says.
        reason: String,
    },
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl<P: ProcessManager> Processes<P> {
    pub(crate) fn new(core: &Core, steps: Vec<watch::Receiver<Status>>) -> Self {
        let (store, clock) = (Arc::clone(core.store()), Arc::clone(core.clock()));
        Self { store, clock, steps, process: PhantomData }
    }

    /// Returns where a process stands after its last step. What has happened since, and has not come to it yet, is not in it.
    pub async fn state(&self, id: &P::Id) -> Result<Standing<P>, LookError> {
        let process = P::stream(id);
        let last = last_step(&*self.store, &process).await?;
        Ok(Standing::after(&process, last.step.as_deref())?)
    }

    /// Returns the past of a process, in order.
    pub async fn history(&self, id: &P::Id) -> Result<Vec<Past>, LookError> {
        let (mut query, mut past) = (EventQuery::stream(P::stream(id)), Vec::new());
        loop {
            let (events, end) = read_page_within(&*self.store, &query, 1_000).await?;
            for event in events {
                past.extend(Past::of(event)?);
            }
            if end.complete {
                return Ok(past);
            }
            query.after_version = end.version;
        }
    }
}

impl Past {
    fn of(event: RecordedEvent) -> Result<Option<Self>, StoreError> {
        let was = match event.envelope.name.as_str() {
            names::STEP => Was::Step(Box::new(event.decode()?)),
            names::TIMER => Was::Timer(event.decode()?),
            names::ENDED => Was::Ended(event.decode()?),
            names::WAITS => Was::Waited(event.decode()?),
            names::REFUSED => Was::Refusal(Box::new(event.decode()?)),
            _ => return Ok(None),
        };
        Ok(Some(Self { position: event.position, envelope: event.envelope, was }))
    }
}

impl<P: ProcessManager> std::fmt::Debug for Processes<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Processes({}, {})", P::NAME, self.store.name())
    }
}
