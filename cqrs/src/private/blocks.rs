//! What a block of event handlers may not say, found at compile time.

use crate::{
    aggregate::Aggregate,
    dispatch::HandledCommand,
    handler::{ArgumentInfo, EventHandlerInfo},
    projection::Projection,
};

use super::{
    kinds::{contains, nth},
    processes::is_refusal,
    text::{Text, same},
};

/// Stops the compilation where the aggregate, whose type is called `name`, has an event handler that is not pure, or is
/// for events of other aggregates.
pub const fn assert_aggregate<A: Aggregate>(name: &str) {
    if is_of_process(A::HANDLERS) {
        return;
    }
    assert_distinct(A::HANDLERS, name);
    let mut index = 0;
    while index < A::HANDLERS.len() {
        let handler = &A::HANDLERS[index];
        assert_no_process(
            handler,
            name,
            "an aggregate's event handlers only fold: decide in the command handler",
        );
        if !handler.is_pure() {
            let text = begin(handler, name).then(
                " is not pure: an aggregate's event handlers take no services or positions and return no `Result`; \
                 decide in the command handler, and put what it learned into the event",
            );
            panic!("{}", text.as_str());
        }
        if let Some(category) = foreign_id(handler, A::CATEGORY) {
            let text = begin(handler, name)
                .then(" takes the id of a `")
                .then(category)
                .then("`, but an aggregate sees no events but its own: take `Id<")
                .then(name)
                .then(">`, or put the other id into the event");
            panic!("{}", text.as_str());
        }
        index += 1;
    }
}

/// Stops the compilation where the projection, whose type is called `name`, would end, or would read what is not of the
/// events.
pub const fn assert_projection<P: Projection>(name: &str) {
    if is_of_process(P::HANDLERS) {
        return;
    }
    assert_distinct(P::HANDLERS, name);
    let mut index = 0;
    while index < P::HANDLERS.len() {
        let handler = &P::HANDLERS[index];
        assert_no_process(handler, name, "a projection only shows what has happened");
        if handler.ends {
            let text = begin(handler, name).then(
                " returns `Ended`, but a projection is of all aggregates and does not end with one: remove from it \
                 what has ended, and return nothing",
            );
            panic!("{}", text.as_str());
        }
        if takes_repository(handler) {
            let text = begin(handler, name).then(
                " takes a repository, but a projection is built of its events alone, and comes out the same when it \
                 is rebuilt: put what it needs into the event",
            );
            panic!("{}", text.as_str());
        }
        index += 1;
    }
}

/// Whether something is said in the block that only a process manager says, of which it is told there.
const fn is_of_process(handlers: &[EventHandlerInfo]) -> bool {
    let mut index = 0;
    while index < handlers.len() {
        if handlers[index].correlation.is_some() {
            return true;
        }
        index += 1;
    }
    false
}

const fn takes_repository(handler: &EventHandlerInfo) -> bool {
    let mut index = 0;
    while index < handler.arguments.len() {
        if matches!(handler.arguments[index], ArgumentInfo::Repository) {
            return true;
        }
        index += 1;
    }
    false
}

/// What sends commands, and hears of their refusal, is a process manager.
const fn assert_no_process(handler: &EventHandlerInfo, name: &str, why: &str) {
    let what = match (asks_for_outbox(handler), is_refusal(handler.events)) {
        (true, _) => " takes an `Outbox`, but ",
        (_, true) => " takes a refusal, but ",
        _ => return,
    };
    let text = begin(handler, name)
        .then(what)
        .then(why)
        .then("; what sends commands is a type of its own, with `#[derive(ProcessManager)]`");
    panic!("{}", text.as_str());
}

const fn asks_for_outbox(handler: &EventHandlerInfo) -> bool {
    let mut index = 0;
    while index < handler.arguments.len() {
        if matches!(handler.arguments[index], ArgumentInfo::Outbox) {
            return true;
        }
        index += 1;
    }
    false
}

/// Two events of one stored name could not be told apart when read back.
pub(super) const fn assert_distinct(handlers: &[EventHandlerInfo], name: &str) {
    let mut index = 0;
    while index < handlers.len() {
        let mut other = 0;
        while other < index {
            if let Some(stored) = shared(&handlers[other], &handlers[index]) {
                let text = Text::new()
                    .then("`")
                    .then(handlers[other].name)
                    .then("` and `")
                    .then(handlers[index].name)
                    .then("` of `")
                    .then(name)
                    .then("` both handle the event stored as `")
                    .then(stored)
                    .then("`: give one of the two events another `#[event(name = ..)]` or alias");
                panic!("{}", text.as_str());
            }
            other += 1;
        }
        index += 1;
    }
}

/// A stored name, or a former one, that both handlers take.
const fn shared(one: &EventHandlerInfo, other: &EventHandlerInfo) -> Option<&'static str> {
    let (Some(ones), Some(others)) = (one.events, other.events) else { return None };
    let mut index = 0;
    while let Some(kind) = nth(ones, index) {
        if contains(others, kind.name) {
            return Some(kind.name);
        }
        let mut alias = 0;
        while alias < kind.aliases.len() {
            if contains(others, kind.aliases[alias]) {
                return Some(kind.aliases[alias]);
            }
            alias += 1;
        }
        index += 1;
    }
    None
}

/// The names of a command.
#[derive(Clone, Copy)]
pub struct CommandNames {
    type_name: &'static str,
    name: &'static str,
    aliases: &'static [&'static str],
}

/// Registers the commands of a block, once no two of them are sent under one name.
#[doc(hidden)]
#[macro_export]
macro_rules! commands {
    ($($command:ty),*) => {
        const _: () = $crate::__private::assert_distinct_commands(&[
            $($crate::__private::names_of::<$command>(::core::stringify!($command))),*
        ]);
        $crate::__private::inventory::submit! {
            $crate::registry::Registration::new(|registry| { $(registry.command::<$command>();)* })
        }
    };
}

/// The names of the command `C`, whose type is called `type_name`.
pub const fn names_of<C: HandledCommand>(type_name: &'static str) -> CommandNames {
    CommandNames { type_name, name: C::NAME, aliases: C::ALIASES }
}

/// Stops the compilation where two commands of a block are sent under one name.
pub const fn assert_distinct_commands(commands: &[CommandNames]) {
    let mut index = 0;
    while index < commands.len() {
        let mut other = 0;
        while other < commands.len() {
            if other != index && has(&commands[other], commands[index].name) {
                let text = Text::new()
                    .then("the commands `")
                    .then(commands[index].type_name)
                    .then("` and `")
                    .then(commands[other].type_name)
                    .then("` are both sent as `")
                    .then(commands[index].name)
                    .then("`: give one of the two another `#[command(name = ..)]` or alias");
                panic!("{}", text.as_str());
            }
            other += 1;
        }
        index += 1;
    }
}

const fn has(command: &CommandNames, name: &str) -> bool {
    let mut alias = 0;
    while alias < command.aliases.len() {
        if same(command.aliases[alias], name) {
            return true;
        }
        alias += 1;
    }
    same(command.name, name)
}

pub(super) const fn begin(handler: &EventHandlerInfo, name: &str) -> Text {
    Text::new().then("the event handler `").then(handler.name).then("` of `").then(name).then("`")
}

/// The category of another aggregate whose id the handler takes.
const fn foreign_id(handler: &EventHandlerInfo, own: &str) -> Option<&'static str> {
    let mut index = 0;
    while index < handler.arguments.len() {
        if let ArgumentInfo::Id(id) = &handler.arguments[index]
            && !same(id.category, own)
        {
            return Some(id.category);
        }
        index += 1;
    }
    None
}
