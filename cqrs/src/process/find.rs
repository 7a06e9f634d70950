//! From a trigger to its process.

use crate::{
    aggregate::FromKey,
    event::RecordedEvent,
    handler::{Correlation, EventHandlerInfo, Fold},
    message::StreamId,
};

use super::{ProcessManager, StepError, Trigger, TriggerKind, chain, manager::handler_of};

/// Whom a trigger is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Found {
    /// The process with this stream, which may not have started.
    Process(StreamId),
    /// No process that it could name: it was caused by none of this kind. It is unmatched.
    Nobody,
    /// It is none of the events that this process manager handles.
    NotHandled,
}

/// The value of an event by which it names a process of `P`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the id of the process manager `{P}`: write an expression of its id's type in `#[correlate(..)]`",
    label = "not the id of `{P}`"
)]
pub trait IdOf<P> {
    /// Returns the text form of the id.
    fn to_key(&self) -> String;
}

#[diagnostic::do_not_recommend]
impl<P: ProcessManager<Id = I>, I: crate::aggregate::AggregateId> IdOf<P> for I {
    fn to_key(&self) -> String {
        self.to_string()
    }
}

/// Returns whom a trigger is for. It is the same whenever it is asked: nothing but the trigger is looked at.
pub fn find<P: ProcessManager>(trigger: &Trigger) -> Result<Found, StepError> {
    let event = trigger.event();
    let stream = &event.envelope.stream;
    match trigger.kind() {
        TriggerKind::Operator => Ok(Found::NotHandled),
        TriggerKind::Timer | TriggerKind::Refusal if stream.category() != P::CATEGORY => {
            Ok(Found::NotHandled)
        }
        TriggerKind::Timer | TriggerKind::Refusal => named::<P>(event, stream.key()),
        TriggerKind::Event => match handler_of::<P>(&event.envelope.name) {
            Some(handler) if is_concerned(handler, event) => correlated::<P>(handler, event),
            _ => Ok(Found::NotHandled),
        },
    }
}

/// A timer that somebody else stores as an event of his own is not this process's; nor is an event of another aggregate than that
/// whose id the handler takes.
fn is_concerned(handler: &EventHandlerInfo, event: &RecordedEvent) -> bool {
    let category = event.envelope.stream.category();
    !handler.is_timer() && handler.ids().all(|id| id.category == category)
}

fn correlated<P: ProcessManager>(
    handler: &EventHandlerInfo,
    event: &RecordedEvent,
) -> Result<Found, StepError> {
    let key = match handler.correlation.or(P::CORRELATION) {
        Some(Correlation::Value) => <P as Fold>::correlated(&event.decode::<P::Event>()?),
        Some(Correlation::Stream) => Some(event.envelope.stream.key().to_owned()),
        Some(Correlation::Cause) => chain::sender(&event.envelope.metadata, P::CATEGORY).map(str::to_owned),
        Some(Correlation::Timer) | None => None,
    };
    key.map_or(Ok(Found::Nobody), |key| named::<P>(event, &key))
}

/// The process of this id, by the id's own text form: `007` and `7` name one process.
fn named<P: ProcessManager>(event: &RecordedEvent, key: &str) -> Result<Found, StepError> {
    match P::Id::from_key(key) {
        Ok(id) => Ok(Found::Process(P::stream(&id))),
        Err(reason) => Err(StepError::Id {
            process: P::NAME,
            event: event.envelope.name.to_string(),
            key: key.to_owned(),
            reason,
        }),
    }
}
