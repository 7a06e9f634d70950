//! What a caller says about a command beside the command itself.

use std::{future::IntoFuture, time::Duration};

use futures_util::future::{BoxFuture, FutureExt};
use smol_str::SmolStr;

use crate::{
    event::Envelope,
    message::{CommandId, CorrelationId, Metadata, Version},
    store::Expected,
};

use super::{AnyRejection, CommandHandler, DispatchError, Dispatcher, HandledCommand, NamedCommand, Receipt};

/// A command about to be dispatched; awaiting it dispatches it.
///
/// Unless said otherwise it has a new id, the time now, and is a first cause: its correlation id is made of its own
/// id.
#[must_use = "a command is dispatched by awaiting it"]
#[derive(Debug)]
pub struct Dispatch<T> {
    dispatcher: Dispatcher,
    request: Request<T>,
}

/// A command with everything its sender says about it.
#[derive(Debug)]
pub struct Request<T> {
    pub(super) command: T,
    pub(super) id: CommandId,
    /// Whether the caller gave the id; else there can be no earlier dispatch to look for.
    pub(super) given: bool,
    pub(super) metadata: Metadata,
    pub(super) expected: Option<Expected>,
    pub(super) time_limit: Option<Duration>,
}

impl<T> Request<T> {
    /// The same request for another form of its command.
    pub(super) fn with_command<U>(self, command: U) -> Request<U> {
        let Self { command: _, id, given, metadata, expected, time_limit } = self;
        Request { command, id, given, metadata, expected, time_limit }
    }
}

impl<T> Dispatch<T> {
    pub(super) fn new(dispatcher: Dispatcher, command: T) -> Self {
        let id = CommandId::generate();
        let metadata = Metadata::correlated(id.as_uuid().into());
        let request = Request { command, id, given: false, metadata, expected: None, time_limit: None };
        Self { dispatcher, request }
    }

    /// The command's identity. Dispatched again under the same id, the same command gives the first receipt and
    /// changes nothing; another command is an error.
    pub fn command_id(mut self, id: CommandId) -> Self {
        (self.request.id, self.request.given) = (id, true);
        self
    }

    /// The piece of business the command belongs to.
    pub fn correlation_id(mut self, id: CorrelationId) -> Self {
        self.request.metadata.correlation_id = id;
        self
    }

    /// Who sends it.
    pub fn actor(mut self, actor: impl Into<SmolStr>) -> Self {
        self.request.metadata.actor = Some(actor.into());
        self
    }

    /// For whom it is sent, where that is somebody else.
    pub fn on_behalf_of(mut self, other: impl Into<SmolStr>) -> Self {
        self.request.metadata.on_behalf_of = Some(other.into());
        self
    }

    /// Whose data it concerns, in an application that serves several tenants.
    pub fn tenant(mut self, tenant: impl Into<SmolStr>) -> Self {
        self.request.metadata.tenant = Some(tenant.into());
        self
    }

    /// Anything else, by name.
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.request.metadata.headers.insert(name.into(), value.into());
        self
    }

    /// All metadata at once.
    pub fn metadata(mut self, metadata: Metadata) -> Self {
        self.request.metadata = metadata;
        self
    }

    /// The event the command answers: who, why and for whom are taken over from it.
    pub fn caused_by(mut self, event: &Envelope) -> Self {
        self.request.metadata = event.metadata.caused_by(event.id);
        self
    }

    /// The version the caller has seen: if the aggregate is at another, the command is not decided, and the
    /// caller gets the conflict.
    pub fn expected_version(mut self, version: Version) -> Self {
        self.request.expected = Some(Expected::Exactly(version));
        self
    }

    /// How long an async handler may take, in place of the application's limit.
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.request.time_limit = Some(limit);
        self
    }
}

/// The domain's error of a command.
type Rejection<C> = <<C as HandledCommand>::Handler as CommandHandler<C>>::Error;

impl<C: HandledCommand> IntoFuture for Dispatch<C> {
    type Output = Result<Receipt, DispatchError<Rejection<C>>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move { self.dispatcher.execute(self.request).await }.boxed()
    }
}

impl IntoFuture for Dispatch<NamedCommand> {
    type Output = Result<Receipt, DispatchError<AnyRejection>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        async move { self.dispatcher.execute_named(self.request).await }.boxed()
    }
}
