//! The identities of aggregates: typed, so that those of two kinds never mix.

use std::{any::TypeId, fmt, ops::Deref, str::FromStr};

use uuid::Uuid;

use crate::{
    event::Event,
    handler::{ArgumentError, ArgumentInfo, EventArgument, EventContext, EventOf, IdType},
};

use super::Aggregate;

/// The identity of one kind of aggregate. Its text form is the key of the stream, and must lead back to an
/// equal id. Derive it for a type of its own with `#[derive(AggregateId)]`; `Uuid`, `String` and the integers
/// are ids as they are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an id of an aggregate",
    label = "not an aggregate id",
    note = "write `#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]` on `struct {Self}(Uuid)`; `Uuid`, `String` and the integers are ids already"
)]
pub trait AggregateId: fmt::Display + FromKey + Send + Sync + 'static {
    /// Creates a new id, unique and later in order than those made before it: a `UUIDv7`. Available for every id that
    /// implements `From<Uuid>`, such as a derived `struct AccountId(Uuid)`.
    #[must_use = "an id that is not kept names nothing"]
    fn generate() -> Self
    where
        Self: From<Uuid>,
    {
        Uuid::now_v7().into()
    }

    /// Returns the UUID of an id that is made of one, as every derived `struct AccountId(Uuid)` is: for drivers and other
    /// libraries that know nothing of this type.
    fn as_uuid(&self) -> Uuid
    where
        Self: AsRef<Uuid>,
    {
        *self.as_ref()
    }
}

/// What can be read back from its text form. An id by hand writes it beside `Display`, the other way.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be read back from its text form, which is the key of a stream",
    label = "not the id of a stream",
    note = "`#[derive(AggregateId)]` on a struct with one field writes it"
)]
pub trait FromKey: Sized {
    /// Returns the value with this text form, or why it has none.
    fn from_key(key: &str) -> Result<Self, String>;
}

macro_rules! aggregate_ids {
    ($($type:ty),*) => { $(
        impl AggregateId for $type {}

        impl FromKey for $type {
            fn from_key(key: &str) -> Result<Self, String> {
                key.parse().map_err(|reason: <Self as FromStr>::Err| reason.to_string())
            }
        }
    )* };
}

aggregate_ids!(Uuid, String, u8, u16, u32, u64, u128, i8, i16, i32, i64, i128);

/// As an argument of a handler: the typed id of the aggregate the message belongs to, decoded from the
/// stream's key. It reads like a reference to the id.
///
/// A handler of a projection, or a function, that takes it is for events of this aggregate: where several aggregates
/// emit one type of event, it is called for those of `A` only. `&Envelope` takes them all.
pub struct Id<A: Identified>(A::Key, OfKnownSize);

/// The last field, so that the size of an `Id<Balances>`, which means nothing, is no question beside that.
struct OfKnownSize;

/// What an [`Id`] may be of. A derived id is such itself, which means nothing: whoever takes `Id<AccountId>` is told of it once,
/// where a handler cannot take it, and not by everything that mentions the type.
#[doc(hidden)]
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an aggregate",
    label = "not an aggregate",
    note = "write `Id<Account>`, where `Account` is the type with `#[derive(Aggregate)]`"
)]
pub trait Identified {
    /// The id.
    type Key;
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate> Identified for A {
    type Key = A::Id;
}

impl<A: Aggregate> Id<A> {
    /// What a signature that takes it declares.
    pub(crate) const TYPE: IdType =
        IdType { category: A::CATEGORY, type_name: std::any::type_name::<A>, type_id: TypeId::of::<A> };

    /// Wraps an id, for calling a handler by hand.
    pub const fn new(id: A::Id) -> Self {
        Self(id, OfKnownSize)
    }

    /// Returns the id itself.
    pub fn into_inner(self) -> A::Id {
        self.0
    }

    /// Reads the id of `A` from the name of a stream.
    pub fn of_stream(category: &str, key: &str) -> Result<Self, ArgumentError> {
        let stream = || crate::message::StreamId::new(category, key);
        if category != A::CATEGORY {
            return Err(ArgumentError::OtherCategory { stream: stream(), expected: A::CATEGORY });
        }
        let id = A::Id::from_key(key);
        id.map(Self::new).map_err(|reason| ArgumentError::Id { stream: stream(), reason })
    }
}

impl<A: Identified> Deref for Id<A> {
    type Target = A::Key;

    fn deref(&self) -> &A::Key {
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
    const INFO: ArgumentInfo = ArgumentInfo::Id(Self::TYPE);

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        Self::of_stream(context.event().category, context.event().key)
    }
}

#[diagnostic::do_not_recommend]
impl<A: Aggregate, E: Event + EventOf<A>> EventArgument<'_, E> for Id<A> {
    const INFO: ArgumentInfo = ArgumentInfo::Id(Self::TYPE);

    fn extract(context: &EventContext<'_>) -> Result<Self, ArgumentError> {
        Self::of_stream(context.event().category, context.event().key)
    }
}
