//! The identities of aggregates: typed, so that those of two kinds never mix.

use std::{fmt, hash::Hash, ops::Deref, str::FromStr};

use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::handler::{ArgumentError, ArgumentInfo, EventArgument, EventContext};

use super::Aggregate;

/// The identity of one kind of aggregate. Its text form is the key of the stream, and must lead back to an
/// equal id. Derive it for a type of its own with `#[derive(AggregateId)]`; `Uuid`, `String` and the integers
/// are ids as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id of an aggregate",
    label = "not an aggregate id",
    note = "write `#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]` on `struct {Self}(Uuid)`; `Uuid`, `String` and the integers are ids already"
)]
pub trait AggregateId:
    fmt::Display
    + FromStr<Err: fmt::Display>
    + Serialize
    + DeserializeOwned
    + Clone
    + Eq
    + Hash
    + Send
    + Sync
    + 'static
{
    /// A new id, unique and later in order than those made before it: a `UUIDv7`. It is there for every id that a
    /// UUID makes, which `struct AccountId(Uuid)` with `#[derive(AggregateId)]` is.
    fn generate() -> Self
    where
        Self: From<Uuid>,
    {
        Uuid::now_v7().into()
    }
}

macro_rules! aggregate_ids {
    ($($type:ty),*) => { $(impl AggregateId for $type {})* };
}

aggregate_ids!(Uuid, String, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128);

/// As an argument of a handler: the typed id of the aggregate the message belongs to, decoded from the
/// stream's key and checked against its category. It reads like a reference to the id.
pub struct Id<A: Aggregate>(A::Id);

impl<A: Aggregate> Id<A> {
    /// Wraps an id, for calling a handler by hand.
    pub const fn new(id: A::Id) -> Self {
        Self(id)
    }

    /// The id itself.
    pub fn into_inner(self) -> A::Id {
        self.0
    }

    /// Reads the id of `A` from the name of a stream.
    pub fn of_stream(category: &str, key: &str) -> Result<Self, ArgumentError> {
        let stream = || crate::message::StreamId::new(category, key);
        if category != A::CATEGORY {
            return Err(ArgumentError::OtherCategory { stream: stream(), expected: A::CATEGORY });
        }
        match key.parse() {
            Ok(id) => Ok(Self(id)),
            Err(cause) => Err(ArgumentError::Id { stream: stream(), reason: format!("{cause}") }),
        }
    }
}

impl<A: Aggregate> Deref for Id<A> {
    type Target = A::Id;

    fn deref(&self) -> &A::Id {
        &self.0
    }
}

impl<A: Aggregate> fmt::Display for Id<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, formatter)
    }
}

impl<A: Aggregate> fmt::Debug for Id<A> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Id({}/{})", A::CATEGORY, self.0)
    }
}

impl<A: Aggregate> EventArgument<'_> for Id<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Message;

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        Self::of_stream(context.event().category, context.event().key)
    }
}
