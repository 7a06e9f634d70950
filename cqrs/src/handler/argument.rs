//! The arguments of an event handler beside the event.

use crate::{
    event::{DecodeError, Envelope},
    message::{Position, StreamId},
    services::{Inject, ServiceType},
};

use super::EventContext;

/// A type that an event handler may take as an argument beside its event.
#[diagnostic::on_unimplemented(
    message = "an event handler cannot take `{Self}` as an argument",
    label = "not known to an event handler",
    note = "after the event come any of: `Id<Aggregate>`, `&Envelope`, `Position`, `Inject<Service>`, and last `&mut` a transaction"
)]
pub trait EventArgument<'a>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// The argument's value for the event at hand.
    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError>;
}

/// The value of an argument; its type comes from the handler's signature.
#[inline]
pub fn argument<'a, T: EventArgument<'a>>(context: &'a EventContext<'a>) -> Result<T, ArgumentError> {
    T::extract(context)
}

/// What a handler's argument asks for.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum ArgumentInfo {
    /// A part of the message that is the same in every replay.
    Message,
    /// Something that depends on the store the message is in.
    Store,
    /// A service of the application.
    Service(ServiceType),
}

impl ArgumentInfo {
    /// Whether the argument is the same whenever and wherever the handler runs.
    pub const fn is_pure(&self) -> bool {
        matches!(self, Self::Message)
    }
}

/// Why an argument could not be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ArgumentError {
    /// The event itself cannot be read.
    #[error(transparent)]
    Decode(#[from] DecodeError),
    /// The handler asks for the id of one kind of aggregate, and the event belongs to another.
    #[error("stream {stream} is not of category `{expected}`, whose id the handler asks for")]
    OtherCategory {
        /// The stream the event is in.
        stream: StreamId,
        /// The category of the aggregate whose id the handler takes.
        expected: &'static str,
    },
    /// The stream's key is not an id of the aggregate.
    #[error("the key of stream {stream} is not an id of its aggregate: {reason}")]
    Id {
        /// The stream.
        stream: StreamId,
        /// What the id type says.
        reason: String,
    },
    /// A service nobody provided. It cannot happen in an application that has started.
    #[error("service `{0}` was not provided")]
    MissingService(&'static str),
}

impl<'a> EventArgument<'a> for &'a Envelope {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError> {
        Ok(context.envelope()?)
    }
}

impl EventArgument<'_> for Position {
    const INFO: ArgumentInfo = ArgumentInfo::Store;

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        Ok(context.event().position)
    }
}

impl<T: Send + Sync + 'static> EventArgument<'_> for Inject<T> {
    const INFO: ArgumentInfo = ArgumentInfo::Service(ServiceType::of::<T>());

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        context
            .services()
            .and_then(crate::services::Services::get)
            .ok_or(ArgumentError::MissingService(std::any::type_name::<T>()))
    }
}
