//! What the decision of a command method may be, found at compile time.

use crate::{
    aggregate::Decision,
    command::{CommandMethod, Existence},
    dispatch::{CommandHandler, HandledCommand},
    event::EventKinds,
    handler::EventHandlerInfo,
};

use super::{
    kinds::{contains, nth},
    text::Text,
};

/// The error with which the aggregate `A` may refuse the command `C`.
pub type ErrorOf<A, C> = <<A as CommandMethod<C>>::Decision as Decision>::Error;

/// Stops the compilation where what the command handler for `C` returns cannot follow on what its receiver says: nothing
/// builds an aggregate that is not there, or everything builds one that is.
pub const fn decides<C: HandledCommand>(name: &str) {
    let (handler, folded) =
        (<C::Handler as CommandHandler<C>>::INFO, <C::Handler as CommandHandler<C>>::FOLDED_BY);
    let Some(first) = nth(handler.emits, 0) else { return };
    let Some(builder) = builder(folded) else { return };
    let (built, changed) = built_and_changed(handler.emits, folded);
    let text = Text::new().then("the command handler `").then(handler.name).then("` of `").then(name);
    match handler.existence {
        Existence::Absent if !built => {
            let text = text
                .then("` has no receiver, so the aggregate does not exist yet, and `")
                .then(first.type_name)
                .then("` does not build it: return the event of `")
                .then(builder.name)
                .then("`, which does, or take `&self`");
            panic!("{}", text.as_str());
        }
        Existence::Existing if !changed => {
            let text = text
                .then("` takes `&self`, so the aggregate exists already, and `")
                .then(first.type_name)
                .then("` builds it: leave the receiver out, or return an event that changes it");
            panic!("{}", text.as_str());
        }
        _ => {}
    }
}

/// The first handler that builds the state; without one it starts from its default.
const fn builder(handlers: &'static [EventHandlerInfo]) -> Option<&'static EventHandlerInfo> {
    let mut index = 0;
    while index < handlers.len() {
        if handlers[index].builds {
            return Some(&handlers[index]);
        }
        index += 1;
    }
    None
}

/// Whether some of these events build the state, and whether some change it.
const fn built_and_changed(events: EventKinds, handlers: &'static [EventHandlerInfo]) -> (bool, bool) {
    let (mut built, mut changed) = (false, false);
    let mut index = 0;
    while let Some(kind) = nth(events, index) {
        let mut handler = 0;
        while handler < handlers.len() {
            if let Some(kinds) = handlers[handler].events
                && contains(kinds, kind.name)
            {
                built |= handlers[handler].builds;
                changed |= !handlers[handler].builds;
            }
            handler += 1;
        }
        index += 1;
    }
    (built, changed)
}

/// Lets the command handlers of an aggregate return the enum of all its events.
#[doc(hidden)]
#[macro_export]
macro_rules! return_events {
    ($subject:ty, $events:ty) => {
        impl $crate::aggregate::Decision for $events {
            type Error = ::core::convert::Infallible;
        }
        impl $crate::aggregate::IntoEvents<$subject> for $events {
            type Error = ::core::convert::Infallible;

            const EMITS: $crate::event::EventKinds = $crate::__private::kinds_of::<Self>();

            fn into_events(
                self,
                events: &mut ::std::vec::Vec<Self>,
            ) -> ::core::result::Result<(), Self::Error> {
                ::std::vec::Vec::push(events, self);
                ::core::result::Result::Ok(())
            }
        }
    };
}
