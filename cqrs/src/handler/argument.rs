//! The arguments of an event handler beside the event.

use std::any::TypeId;

use crate::{
    event::{DecodeError, Envelope, RecordedEvent},
    message::{Metadata, Position, StreamId},
    services::{Inject, ServiceType},
};

use super::EventContext;

/// A type that a handler of the event `E` may take as an argument beside it; [`RecordedEvent`] is every event there is.
#[diagnostic::on_unimplemented(
    message = "an event handler of `{E}` cannot take `{Self}` as an argument: take `Id<Aggregate>`, `&Envelope`, `&Metadata`, `Position` or `Inject<Service>`",
    label = "not known to an event handler of `{E}`",
    note = "a function may take `Repository<Aggregate>`, too, and a projection `&mut` a transaction",
    note = "`Id<Aggregate>` is for events that this aggregate has an event handler for: take the id of one that emits `{E}`, or `&Envelope`, whose stream is that of any"
)]
pub trait EventArgument<'a, E = RecordedEvent>: Sized {
    /// What the argument asks for.
    const INFO: ArgumentInfo;

    /// Returns the argument's value for the event at hand.
    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError>;
}

/// Returns the value of an argument; its type comes from the handler's signature.
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
    /// The id of an aggregate, the same in every replay.
    Id(IdType),
    /// Something that depends on the store the message is in.
    Store,
    /// A repository: what the store holds when it is asked, which may be long after the event.
    Repository,
    /// A service of the application.
    Service(ServiceType),
    /// The outbox of a process manager.
    Outbox,
}

impl ArgumentInfo {
    /// Returns whether the argument is the same whenever and wherever the handler runs.
    pub const fn is_pure(&self) -> bool {
        matches!(self, Self::Message | Self::Id(_))
    }
}

/// The aggregate whose id an argument is, as a constant that a registry can keep.
#[derive(Clone, Copy, Debug)]
pub struct IdType {
    /// The category of its streams.
    pub category: &'static str,
    /// Its Rust type.
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) type_id: fn() -> TypeId,
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
    /// An outbox was asked for by the handler of something that sends nothing.
    #[error("an outbox is for the event handlers of process managers")]
    NoOutbox,
    /// A service that was not provided. It cannot happen in an application that has started.
    #[error("service `{0}` was not provided")]
    MissingService(&'static str),
}

impl<'a, E> EventArgument<'a, E> for &'a Envelope {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError> {
        Ok(context.envelope()?)
    }
}

impl<'a, E> EventArgument<'a, E> for &'a Metadata {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: &'a EventContext<'a>) -> Result<Self, ArgumentError> {
        Ok(&context.envelope()?.metadata)
    }
}

impl<E> EventArgument<'_, E> for Position {
    const INFO: ArgumentInfo = ArgumentInfo::Store;

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        Ok(context.event().position)
    }
}

impl<E, T: Send + Sync + 'static> EventArgument<'_, E> for Inject<T> {
    const INFO: ArgumentInfo = ArgumentInfo::Service(ServiceType::of::<T>());

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        context.service()?.ok_or(ArgumentError::MissingService(std::any::type_name::<T>()))
    }
}
