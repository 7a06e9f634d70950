//! The outbox: what a process sends, and the timers it sets, written in the one append of its step.

use std::{marker::PhantomData, time::Duration};

use jiff::Timestamp;

use crate::{
    clock::later,
    command::Command,
    dispatch::HandledCommand,
    handler::{ArgumentError, ArgumentInfo, EventArgument, EventContext},
    message::CommandId,
};

use super::{TimerOf, desk::Desk};

/// As an argument of a process manager's event handler: what it sends, and the timers it sets.
///
/// Nothing is sent while the handler runs. What it asks for is stored with its new state, as one step; from there it is sent
/// at least once, under an id that is the same every time.
///
/// ```
/// use std::time::Duration;
/// use cqrs::{prelude::*, process::{Outbox, SentHere, TimerOf}};
///
/// fn ask_for_seats<P, R, T>(mut outbox: Outbox<'_, P>, reserve: R, remind: R, expired: T)
/// where
///     R: SentHere,
///     T: TimerOf<P>,
/// {
///     let id = outbox.send(reserve).expires_after(Duration::from_secs(60)).id();
///     outbox.send(remind).after(Duration::from_secs(600));
///     outbox.schedule(expired).after(Duration::from_secs(900));
///     println!("the seats are asked for by command {id}");
/// }
/// ```
#[derive(Debug)]
pub struct Outbox<'a, P> {
    desk: &'a Desk,
    process: PhantomData<fn() -> P>,
}

/// A command that a process may send: one that a handler of this program takes.
#[diagnostic::on_unimplemented(
    message = "nobody handles the command `{Self}`: add `fn name(&self, command: {Self}) -> Result<Event, Error>` to a `#[command_handler]` block, or send it to another program by `outbox.send_remote`",
    label = "no command handler takes it"
)]
pub trait SentHere: Command {}

#[diagnostic::do_not_recommend]
impl<C: HandledCommand> SentHere for C {}

impl<P> Outbox<'_, P> {
    /// Sends a command to its handler in this program, after the step is stored.
    ///
    /// What follows says more about it: [`after`](Sending::after), [`at`](Sending::at),
    /// [`expires_after`](Sending::expires_after), as for any dispatch; [`id`](Sending::id) is its identity.
    #[expect(clippy::needless_pass_by_value, reason = "what is sent is given away")]
    pub fn send<C: SentHere>(&mut self, command: C) -> Sending<'_> {
        self.enter(&command, false)
    }

    /// Sends a command over the command bus, to whatever program handles it. All that comes back is that the bus has taken it; what the
    /// other side says of it comes as an event.
    #[expect(clippy::needless_pass_by_value, reason = "what is sent is given away")]
    pub fn send_remote<C: Command>(&mut self, command: C) -> Sending<'_> {
        self.enter(&command, true)
    }

    fn enter<C: Command>(&mut self, command: &C, remote: bool) -> Sending<'_> {
        Sending { index: self.desk.send(command, remote), desk: self.desk }
    }

    /// Sets a timer: an event of the process's own, which comes when it is time. Of one type one is pending; a second
    /// replaces the first. When the process ends, its timers are cancelled.
    pub fn schedule<T: TimerOf<P>>(&mut self, timer: T) -> Scheduling<'_, T> {
        Scheduling { desk: self.desk, timer, set: Desk::set }
    }

    /// Cancels the timer of a type, if one is pending.
    pub fn cancel<T: TimerOf<P>>(&mut self) {
        self.desk.cancel::<T>();
    }
}

/// A command that is sent with the step.
#[derive(Debug)]
pub struct Sending<'a> {
    desk: &'a Desk,
    index: usize,
}

impl Sending<'_> {
    /// Returns the identity of the command.
    pub fn id(&self) -> CommandId {
        self.desk.claim.command(self.index)
    }

    /// Has the command handled so much later than the trigger's time. It waits alone, and holds nothing up.
    #[expect(clippy::return_self_not_must_use, reason = "the command is sent, whatever becomes of this")]
    pub fn after(self, delay: Duration) -> Self {
        let due = later(self.desk.time, delay);
        self.at(due)
    }

    /// Has the command handled at a time; at once if that has passed.
    #[expect(clippy::return_self_not_must_use, reason = "the command is sent, whatever becomes of this")]
    pub fn at(self, time: Timestamp) -> Self {
        self.desk.amend(self.index, |command| command.due = Some(time));
        self
    }

    /// Lets the command expire if it is not begun within a time after it is due, or after the trigger's time: then it is refused. Say
    /// when it is due before.
    #[expect(clippy::return_self_not_must_use, reason = "the command is sent, whatever becomes of this")]
    pub fn expires_after(self, limit: Duration) -> Self {
        let time = self.desk.time;
        self.desk.amend(self.index, |command| {
            command.expires = Some(later(command.due.unwrap_or(time), limit));
        });
        self
    }
}

/// A timer that is about to be set.
#[must_use = "a timer is set by `.after(..)` or `.at(..)`"]
#[derive(Debug)]
pub struct Scheduling<'a, T> {
    desk: &'a Desk,
    timer: T,
    set: fn(&Desk, &T, Timestamp),
}

/// That it is a timer was asked where it is scheduled, and is not asked again.
impl<T> Scheduling<'_, T> {
    /// Sets the timer to so much later than the trigger's time: that of the event, or when the timer that has come was due.
    pub fn after(self, delay: Duration) {
        let due = later(self.desk.time, delay);
        self.at(due);
    }

    /// Sets the timer to a time. One that has passed is due at once.
    pub fn at(self, time: Timestamp) {
        (self.set)(self.desk, &self.timer, time);
    }
}

impl<'a, E, P> EventArgument<'a, E> for Outbox<'a, P> {
    const INFO: ArgumentInfo = ArgumentInfo::Outbox;

    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError> {
        let desk = context.desk::<Desk>().ok_or(ArgumentError::NoOutbox)?;
        Ok(Self { desk, process: PhantomData })
    }
}
