//! What a registry keeps of a process manager.

use std::any::{TypeId, type_name};

use crate::{
    Location,
    event::{Event, EventKind, EventKinds},
    handler::{Correlation, EventHandlerInfo, StartFrom},
    message::StreamId,
    process::{
        Found, Limits, Names, Outcome, ProcessManager, Standing, Step, StepError, Trigger, Unmatched, find,
        names, step,
    },
};

/// A process manager, as a registry keeps it: whoever runs it needs no more of its type than this.
#[derive(Clone, Copy, Debug)]
pub struct ProcessEntry {
    pub(crate) type_id: TypeId,
    /// The Rust type.
    pub type_name: &'static str,
    /// Its name.
    pub name: &'static str,
    /// The category of the streams its steps are in.
    pub category: &'static str,
    /// The version of its state.
    pub version: u32,
    /// Where it starts when it first runs.
    pub from: StartFrom,
    /// What becomes of an event that finds no process.
    pub unmatched: Unmatched,
    /// The kinds of event it handles. Those with `/` in their names are refusals of commands it sends.
    pub kinds: EventKinds,
    /// Its event handlers.
    pub event_handlers: &'static [EventHandlerInfo],
    /// How the events of handlers that do not say it find their process.
    pub correlation: Option<Correlation>,
    /// Where it is declared.
    pub location: Location,
    /// The type of its id.
    /// The name of the checkpoint, and of the letters, of the worker that makes its steps: `process/<name>/steps`.
    pub steps: &'static str,
    /// The name of the checkpoint, and of the letters, of the worker that sends its commands: `process/<name>/sender`.
    pub sender: &'static str,
    /// The names of the slots of the one, where there are slots.
    pub(crate) steps_slots: &'static [&'static str],
    /// The names of the slots of the other.
    pub(crate) sender_slots: &'static [&'static str],
    pub(crate) id: fn() -> TypeId,
    /// The name of this type.
    pub(crate) id_name: fn() -> &'static str,
    find: fn(&Trigger) -> Result<Found, StepError>,
    step: Stepping,
}

/// A step, from the last one of the process.
type Stepping = fn(&StreamId, Option<&Step>, &Trigger, &Limits) -> Result<Outcome, StepError>;

impl ProcessEntry {
    /// Returns the entry of a process manager.
    pub fn of<P: ProcessManager>() -> Self {
        Self {
            type_id: TypeId::of::<P>(),
            type_name: type_name::<P>(),
            name: P::NAME,
            category: P::CATEGORY,
            version: P::VERSION,
            from: P::FROM,
            unmatched: P::UNMATCHED,
            kinds: P::Event::KINDS,
            event_handlers: P::HANDLERS,
            correlation: P::CORRELATION,
            location: P::LOCATION,
            steps: Names::<P>::STEPS,
            sender: Names::<P>::SENDER,
            steps_slots: Names::<P>::STEPS_SLOTS,
            sender_slots: Names::<P>::SENDER_SLOTS,
            id: TypeId::of::<P::Id>,
            id_name: type_name::<P::Id>,
            find: find::<P>,
            step: |process, last, trigger, limits| {
                let standing = Standing::<P>::after(process, last)?;
                step(process, standing, trigger, limits).map(|(outcome, _)| outcome)
            },
        }
    }

    /// Returns whether it sets timers: those of its handlers, or those by which what waits for its process is given up.
    pub fn has_timers(&self) -> bool {
        matches!(self.unmatched, Unmatched::Retry(_))
            || self.event_handlers.iter().any(EventHandlerInfo::is_timer)
    }

    /// Returns the stored names of all events that may be triggers: those of the domain, and the library's own for timers,
    /// refusals, and the end by an operator's hand.
    pub fn triggers(&self) -> Vec<&'static str> {
        let of_domain = self.event_handlers.iter().filter(|handler| !handler.is_timer());
        let kinds = of_domain.filter_map(|handler| handler.events).flat_map(EventKinds::to_vec);
        let names = kinds.flat_map(EventKind::names).filter(|name| !name.contains('/'));
        names.chain([names::TIMER, names::REFUSED, names::ENDED]).collect()
    }

    /// Returns whom a trigger is for; see [`find`].
    pub fn find(&self, trigger: &Trigger) -> Result<Found, StepError> {
        (self.find)(trigger)
    }

    /// Returns what the process in this stream makes of a trigger that is for it, after its last step; see [`step`].
    pub fn step(
        &self,
        process: &StreamId,
        last: Option<&Step>,
        trigger: &Trigger,
        limits: &Limits,
    ) -> Result<Outcome, StepError> {
        (self.step)(process, last, trigger, limits)
    }
}
