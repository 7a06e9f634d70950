//! What a process manager may not say, found at compile time.

use crate::{
    aggregate::{Aggregate, Id},
    event::EventKinds,
    handler::{ArgumentInfo, Correlation, EventHandlerInfo},
    process::{IdOf, ProcessManager},
};

use super::{
    blocks::{assert_distinct, begin},
    kinds::nth,
    text::Text,
};

/// What says of its events how they find a process, or that they are timers.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a process manager: leave `#[correlate(..)]` and `#[timer]` out, which are for the processes that an event is for, or derive `ProcessManager` for it",
    label = "only for a process manager"
)]
pub trait Marked {}

#[diagnostic::do_not_recommend]
impl<P: ProcessManager> Marked for P {}

pub const fn marked<P: Marked>() -> usize {
    0
}

/// The text of an id of a process of `P`.
pub fn key<P, I: IdOf<P>>(id: &I) -> Option<String> {
    Some(id.to_key())
}

/// The id of an aggregate whose streams are named as the processes of `P` are.
#[diagnostic::on_unimplemented(
    message = "the streams of this aggregate are not named by the id of `{P}`: write `#[correlate(event.field)]`, with a field of that type",
    label = "another id than that of `{P}`"
)]
pub trait KeyedBy<P> {
    const KEYED: () = ();
}

#[diagnostic::do_not_recommend]
impl<P: ProcessManager<Id = A::Id>, A: Aggregate> KeyedBy<P> for Id<A> {}

/// Stops the compilation where the process manager, whose type is called `name`, has an event handler that no process could have.
pub const fn assert_process_manager<P: ProcessManager>(name: &str) {
    assert_distinct(P::HANDLERS, name);
    let (mut index, mut starts) = (0, false);
    while index < P::HANDLERS.len() {
        let handler = &P::HANDLERS[index];
        if let Some(mistake) = mistake(handler, P::CORRELATION) {
            let text = begin(handler, name).then(mistake);
            panic!("{}", text.as_str());
        }
        starts |= handler.builds;
        index += 1;
    }
    // Of a block with a mistake nothing is known.
    if !starts && !P::HANDLERS.is_empty() {
        let text = Text::new()
            .then("nothing starts a `")
            .then(name)
            .then("`: add `#[correlate(event.id)] fn name(event: &FirstEvent) -> Self` to its `#[event_handler]` block");
        panic!("{}", text.as_str());
    }
}

/// What is wrong with a handler, and what to write.
const fn mistake(handler: &EventHandlerInfo, of_all: Option<Correlation>) -> Option<&'static str> {
    if handler.fallible {
        return Some(
            " returns a `Result`, but what happened cannot be refused: return `Self`, `Ended` or nothing; what may fail is a command, \
             and its refusal comes as `&Refused<Command>`",
        );
    }
    if let Some(mistake) = impure(handler) {
        return Some(mistake);
    }
    let correlation = match handler.correlation {
        Some(said) => Some(said),
        None => of_all,
    };
    match (is_refusal(handler.events), handler.is_timer(), correlation) {
        (true, _, _) if handler.correlation.is_some() => Some(
            " takes a refusal, which comes to the process that sent the command: leave `#[correlate(..)]` and `#[timer]` out",
        ),
        (true, _, _) | (_, true, _) if handler.builds => Some(
            " starts a process, and a timer or refusal comes to one that has started: take `self` or `&mut self`",
        ),
        (true, _, _) | (_, true, _) => None,
        (_, _, Some(Correlation::Cause)) if handler.builds => Some(
            " starts a process, so none has caused its event: write `#[correlate(event.field)]` or `#[correlate(stream)]`",
        ),
        (_, _, None) => Some(
            " does not say which process its event is for: write `#[correlate(event.field)]`, `#[correlate(stream)]` or \
             `#[correlate(cause)]` on it, or `#[timer]` if the process schedules it",
        ),
        _ => None,
    }
}

/// A step is the same whenever and wherever it is made.
const fn impure(handler: &EventHandlerInfo) -> Option<&'static str> {
    let mut index = 0;
    while index < handler.arguments.len() {
        match handler.arguments[index] {
            ArgumentInfo::Service(_) => {
                return Some(
                    " asks for a service, but a step of a process follows from its state and its event alone: send a command, whose \
                     handler may ask for it",
                );
            }
            ArgumentInfo::Repository => {
                return Some(
                    " takes a repository, but a step of a process follows from its state and its event alone: put what it needs \
                     into the event, or into the state",
                );
            }
            ArgumentInfo::Store => {
                return Some(
                    " asks for a position, which another store may change: take `&Envelope`, or put what it needs into the event",
                );
            }
            ArgumentInfo::Message | ArgumentInfo::Id(_) | ArgumentInfo::Outbox => {}
        }
        index += 1;
    }
    None
}

/// Whether these are of the library's own names, as those of refusals are.
pub(super) const fn is_refusal(kinds: Option<EventKinds>) -> bool {
    let Some(kinds) = kinds else { return false };
    let Some(kind) = nth(kinds, 0) else { return false };
    let mut index = 0;
    while index < kind.name.len() {
        if kind.name.as_bytes()[index] == b'/' {
            return true;
        }
        index += 1;
    }
    false
}
