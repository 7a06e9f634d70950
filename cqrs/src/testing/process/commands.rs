//! The commands that a process is expected to send.

use jiff::Timestamp;

use crate::{command::Command, event::Payload, process::SentCommand, testing::difference::Fact};

/// A command that a process is expected to send; see [`expected`].
#[derive(Clone, Debug)]
pub struct ExpectedCommand {
    name: &'static str,
    version: u32,
    payload: Payload,
    due: Option<Timestamp>,
    expires: Option<Timestamp>,
    remote: bool,
}

/// Returns the command, to say more of how it is to be sent. One that is to be sent at once, in this program, stands for itself.
///
/// # Panics
///
/// If it cannot be written as JSON.
#[track_caller]
pub fn expected<C: Command>(command: &C) -> ExpectedCommand {
    match C::CODEC.encode(command) {
        Ok(payload) => ExpectedCommand {
            name: C::NAME,
            version: C::VERSION,
            payload,
            due: None,
            expires: None,
            remote: false,
        },
        Err(error) => panic!("the expected command `{}` cannot be written as JSON: {error}", C::NAME),
    }
}

impl ExpectedCommand {
    /// Says when it is due.
    #[must_use]
    pub fn at(self, time: Timestamp) -> Self {
        Self { due: Some(time), ..self }
    }

    /// Says by when it is to be begun.
    #[must_use]
    pub fn expires_at(self, time: Timestamp) -> Self {
        Self { expires: Some(time), ..self }
    }

    /// Says that it goes over the command bus.
    #[must_use]
    pub fn remote(self) -> Self {
        Self { remote: true, ..self }
    }

    pub(super) fn fact(&self) -> Fact {
        let Self { name, version, payload, due, expires, remote } = self;
        fact(name, *version, payload, (*due, *expires, *remote))
    }
}

/// The command that was sent, for a comparison.
pub(super) fn sent(command: &SentCommand) -> Fact {
    let SentCommand { name, version, payload, due, expires, remote, .. } = command;
    fact(name, *version, payload, (*due, *expires, *remote))
}

fn fact(
    name: &str,
    version: u32,
    payload: &Payload,
    (due, expires, remote): (Option<Timestamp>, Option<Timestamp>, bool),
) -> Fact {
    let remote = if remote { " over the bus" } else { "" };
    let due = due.map_or_else(String::new, |due| format!(" at {due}"));
    let expires = expires.map_or_else(String::new, |expires| format!(" by {expires}"));
    Fact::told(format!("{name} (version {version}){remote}{due}{expires}"), payload)
}

/// The commands that a process is expected to send: one, or several in a tuple, an array or a `Vec`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no command, and no tuple, array or `Vec` of commands",
    label = "not a command",
    note = "more of how a command is to be sent is said by `expected(&command).at(time)`"
)]
pub trait IntoCommands {
    /// Adds the commands to those expected so far.
    fn into_commands(self, commands: &mut Vec<ExpectedCommand>);
}

impl<C: Command> IntoCommands for C {
    fn into_commands(self, commands: &mut Vec<ExpectedCommand>) {
        commands.push(expected(&self));
    }
}

impl IntoCommands for ExpectedCommand {
    fn into_commands(self, commands: &mut Vec<ExpectedCommand>) {
        commands.push(self);
    }
}

impl<T: IntoCommands> IntoCommands for Vec<T> {
    fn into_commands(self, commands: &mut Vec<ExpectedCommand>) {
        for command in self {
            command.into_commands(commands);
        }
    }
}

impl<T: IntoCommands, const N: usize> IntoCommands for [T; N] {
    fn into_commands(self, commands: &mut Vec<ExpectedCommand>) {
        for command in self {
            command.into_commands(commands);
        }
    }
}

macro_rules! tuples {
    ($($name:ident)*) => {
        impl<$($name: IntoCommands),*> IntoCommands for ($($name,)*) {
            #[allow(non_snake_case, reason = "the type parameters name the values, too")]
            fn into_commands(self, commands: &mut Vec<ExpectedCommand>) {
                let ($($name,)*) = self;
                $($name.into_commands(commands);)*
            }
        }
    };
}

tuples!(T1);
tuples!(T1 T2);
tuples!(T1 T2 T3);
tuples!(T1 T2 T3 T4);
tuples!(T1 T2 T3 T4 T5);
tuples!(T1 T2 T3 T4 T5 T6);
