//! What a caller says about a command beside the command itself.

use std::{future::IntoFuture, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use jiff::Timestamp;
use smol_str::SmolStr;

use crate::{
    command::Command,
    event::Envelope,
    message::{Cause, CommandId, CorrelationId, Metadata, Version},
    store::Expected,
};

use super::{
    AnyRejection, CommandHandler, Detached, DispatchError, Dispatcher, HandledCommand, Inherited,
    NamedCommand, Receipt, Request,
    schedule::{self, Prepare},
    sent::{Expiry, Origin, Pending, Sender},
};

/// A command about to be dispatched; awaiting it dispatches it.
///
/// Unless said otherwise it has a new id and the time now, and is a first cause: its correlation id is made of its own id. One that
/// an [event handler function](macro@crate::event_handler#what-it-dispatches) dispatches follows from the event instead, and has an id that is
/// derived from it.
///
/// # Dropping it
///
/// If you drop the future, the handler is dropped with it, in the middle of what it does: a client that closes its connection
/// ends the HTTP request, and the command. The command's own events are stored as a whole or not at all; but what the handler
/// did outside, such as charging a card, stays done. Dispatch a command whose handler does such things
/// [`detached`](Self::detached): it runs to its end, even if nobody waits.
///
/// # Example
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let payment = 4711;
/// let receipt = app
///     .dispatch(CreditAccount { account: AccountId("1".into()), amount: 100 })
///     .command_id(CommandId::derived("payments", payment)) // handled once, however often it is dispatched
///     .actor("alice")
///     .header("channel", "web")
///     .detached() // runs to its end, even if this future is dropped
///     .await?;
/// # Ok(()) }
/// # fn main() {}
/// ```
#[must_use = "a command is dispatched by awaiting it"]
#[derive(Debug)]
pub struct Dispatch<T, E> {
    dispatcher: Dispatcher,
    /// In a place of its own, so that saying something more about it moves a pointer.
    request: Box<Pending<T>>,
    /// A value, and no bound on the command: so the compiler says of a command that nobody handles nothing more where it is
    /// awaited.
    execute: Execute<T, E>,
    /// For one that is to wait; a value for the same reason.
    prepare: Prepare<T, E>,
}

type Execute<T, E> = fn(Dispatcher, Box<Pending<T>>) -> BoxFuture<'static, Result<Receipt, DispatchError<E>>>;

impl<T, E> Dispatch<T, E> {
    /// The id is derived where the dispatcher is that of an event handler's call.
    fn new(
        dispatcher: Dispatcher,
        command: T,
        derived: Option<CommandId>,
        execute: Execute<T, E>,
        prepare: Prepare<T, E>,
    ) -> Self {
        // One look at the clock for both.
        let time = dispatcher.now();
        let request = if let Some((cause, id)) = dispatcher.cause().zip(derived) {
            let metadata = Metadata { time, ..cause.metadata() };
            let inherited = Inherited::from_event(cause.of_event());
            Pending { inherited, ..Request::caused(command, id, metadata) }
        } else {
            let id = CommandId::generate_at(time);
            Request::new(Some(command), id, Metadata::correlated_at(id.as_uuid().into(), time))
        };
        Self { dispatcher, request: Box::new(request), execute, prepare }
    }

    /// Returns the id of the command: the one it was given, or the new or derived one that it has without. Keep it where the command may
    /// have to be dispatched again although its future was dropped; [`DispatchError::OutcomeUnknown`] carries it, too.
    pub fn id(&self) -> CommandId {
        self.request.id
    }

    /// Sets the command's identity. Dispatched again under the same id, the same command gives the first receipt and
    /// changes nothing, even if it decided then that nothing happens; another command is an error. A command that was
    /// rejected is decided again.
    ///
    /// The same command is one of the same name (or a former name) and the same content, in whatever order a `HashMap` is
    /// written; where the command has a `HashSet`, the content is not compared. After its type was changed, in its fields or
    /// its `version`, it is not, either: a command that is sent again after a deployment is the same.
    pub fn command_id(mut self, id: CommandId) -> Self {
        (self.request.id, self.request.origin) = (id, Origin::Given);
        self
    }

    /// Makes the command part of a piece of business.
    pub fn correlation_id(mut self, id: CorrelationId) -> Self {
        self.request.metadata.correlation_id = id;
        self
    }

    /// Sets the actor: who sends it.
    pub fn actor(mut self, actor: impl Into<SmolStr>) -> Self {
        self.request.metadata.actor = Some(actor.into());
        self
    }

    /// Sets on whose behalf it is sent, where that is another than the actor.
    pub fn on_behalf_of(mut self, other: impl Into<SmolStr>) -> Self {
        self.request.metadata.on_behalf_of = Some(other.into());
        self
    }

    /// Sets whose data it concerns, in an application that serves several tenants.
    pub fn tenant(mut self, tenant: impl Into<SmolStr>) -> Self {
        self.request.metadata.tenant = Some(tenant.into());
        self
    }

    /// Adds a header: anything else, by name. Names that begin with `cqrs-` are the library's own, and refused
    /// ([`DispatchError::ReservedHeader`]).
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.metadata.headers.insert(name.into(), value.into());
        self
    }

    /// Sets all metadata at once.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.request.metadata = metadata;
        self
    }

    /// Names the event that the command answers: who, why and for whom are taken over from it.
    pub fn caused_by(mut self, event: &Envelope) -> Self {
        let caused = event.metadata.caused_by(event.id);
        self.request.metadata = Metadata { time: self.dispatcher.now(), ..caused };
        self
    }

    /// Sets the version the caller has seen: if the aggregate is at another, the command is not decided, and the
    /// caller gets the conflict.
    pub fn expected_version(mut self, version: Version) -> Self {
        self.request.expected = Some(Expected::Exactly(version));
        self
    }

    /// Runs the command to its end, even if its future is dropped: from the first poll on it has a task of its own, and the future
    /// only waits for what comes of it. A shutdown of the application waits for such a command, too. A panic is
    /// [`DispatchError::Panicked`].
    pub fn detached(self) -> Detached<T, E> {
        Detached(self)
    }

    /// Lets the command expire if it is not begun within a time: from now, or from when it is due. Whoever dispatches it too late gets
    /// [`DispatchError::Expired`], unless it was handled before.
    pub fn expires_after(mut self, limit: Duration) -> Self {
        self.request.expiry = Expiry::Within(limit, self.dispatcher.now());
        self
    }

    /// Lets the command expire if it is not begun by a time.
    pub(crate) fn expires_at(mut self, time: Timestamp) -> Self {
        self.request.expiry = Expiry::At(time);
        self
    }

    /// Says whether the caller tries again by himself what may pass.
    pub(crate) fn tried_again(mut self, tried_again: bool) -> Self {
        self.request.sender = if tried_again { Sender::TriesAgain } else { Sender::Caller };
        self
    }

    /// Sends it as a command of a process, under the id that its step gave it.
    pub(crate) fn of_process(mut self, id: CommandId, inherited: Inherited) -> Self {
        (self.request.id, self.request.origin) = (id, Origin::Derived);
        (self.request.sender, self.request.inherited) = (Sender::Process, Some(Box::new(inherited)));
        self
    }

    pub(super) fn into_parts(self) -> (Dispatcher, Box<Pending<T>>, Prepare<T, E>) {
        (self.dispatcher, self.request, self.prepare)
    }

    /// Sets how long an async handler may take, in place of the application's limit.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.request.time_limit = Some(limit);
        self
    }
}

impl<C: HandledCommand> Dispatch<C, C::Error> {
    pub(super) fn of_command(dispatcher: Dispatcher, command: C) -> Self {
        let next_id = |cause: &Cause| cause.next_id(C::NAME, &command.aggregate_id().to_string());
        let derived = dispatcher.cause().map(next_id);
        Self::new(dispatcher, command, derived, execute::<C, C::Handler>, schedule::prepare::<C, C::Handler>)
    }
}

/// What is known of the error is known of the handler's.
fn execute<C: Command, H: CommandHandler<C>>(
    dispatcher: Dispatcher,
    mut request: Box<Pending<C>>,
) -> BoxFuture<'static, Result<Receipt, DispatchError<H::Error>>> {
    async move { dispatcher.execute::<C, H>(&mut request).await }.boxed()
}

impl Dispatch<NamedCommand, AnyRejection> {
    pub(super) fn by_name(dispatcher: Dispatcher, command: NamedCommand) -> Self {
        let execute: Execute<_, _> =
            |dispatcher, request| async move { dispatcher.execute_named(*request).await }.boxed();
        let derived = dispatcher.cause().and_then(|cause| dispatcher.next_id_of(cause, &command));
        Self::new(dispatcher, command, derived, execute, schedule::prepare_named)
    }
}

impl<T, E> IntoFuture for Dispatch<T, E> {
    type Output = Result<Receipt, DispatchError<E>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        (self.execute)(self.dispatcher, self.request)
    }
}
