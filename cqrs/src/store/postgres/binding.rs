//! The framework's values as arguments of statements and columns of rows, in the form in which the store's own tables keep
//! them: ordinals are `bigint`, ids of messages are `uuid`, ids of aggregates are text.

use std::{fmt::Display, str::FromStr};

use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};
use uuid::Uuid;

use crate::{
    aggregate::{Aggregate, Id},
    message::{CausationId, CommandId, CorrelationId, EventId, Position, Version},
};

/// The types `uuid` and `uuid[]`, which have these numbers on every server.
const UUID: PgTypeInfo = PgTypeInfo::with_oid(Oid(2950));
const UUID_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(2951));

macro_rules! ordinals {
    ($($type:ty),*) => { $(
        /// A `bigint`.
        impl Type<Postgres> for $type {
            fn type_info() -> PgTypeInfo {
                <i64 as Type<Postgres>>::type_info()
            }
        }

        impl PgHasArrayType for $type {
            fn array_type_info() -> PgTypeInfo {
                <i64 as PgHasArrayType>::array_type_info()
            }
        }

        /// One beyond the numbers of PostgreSQL is refused.
        impl Encode<'_, Postgres> for $type {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                Encode::<Postgres>::encode_by_ref(&i64::try_from(self.get())?, buffer)
            }
        }

        /// A negative number is refused.
        impl Decode<'_, Postgres> for $type {
            fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                Ok(Self::new(u64::try_from(<i64 as Decode<Postgres>>::decode(value)?)?))
            }
        }
    )* };
}

macro_rules! ids {
    ($($type:ty),*) => { $(
        /// A `uuid`.
        impl Type<Postgres> for $type {
            fn type_info() -> PgTypeInfo {
                UUID
            }
        }

        impl PgHasArrayType for $type {
            fn array_type_info() -> PgTypeInfo {
                UUID_ARRAY
            }
        }

        impl Encode<'_, Postgres> for $type {
            fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
                buffer.extend_from_slice(self.as_uuid().as_bytes());
                Ok(IsNull::No)
            }
        }

        impl Decode<'_, Postgres> for $type {
            fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
                uuid(&value).map(Self::from)
            }
        }
    )* };
}

ordinals!(Position, Version);
ids!(EventId, CommandId, CorrelationId, CausationId);

fn uuid(value: &PgValueRef<'_>) -> Result<Uuid, BoxDynError> {
    Ok(match value.format() {
        PgValueFormat::Binary => Uuid::from_slice(value.as_bytes()?)?,
        PgValueFormat::Text => value.as_str()?.parse()?,
    })
}

/// As the id itself.
impl<A: Aggregate<Id: Type<Postgres>>> Type<Postgres> for Id<A> {
    fn type_info() -> PgTypeInfo {
        <A::Id as Type<Postgres>>::type_info()
    }

    fn compatible(info: &PgTypeInfo) -> bool {
        <A::Id as Type<Postgres>>::compatible(info)
    }
}

impl<'q, A: Aggregate<Id: Encode<'q, Postgres>>> Encode<'q, Postgres> for Id<A> {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        <A::Id as Encode<'q, Postgres>>::encode_by_ref(self, buffer)
    }
}

/// Returns the argument of an id whose text form is its key.
pub fn id_to_argument(id: &impl Display, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
    <String as Encode<Postgres>>::encode_by_ref(&id.to_string(), buffer)
}

/// Returns the id that a column holds as text.
pub fn id_from_value<T: FromStr<Err: Display>>(value: PgValueRef<'_>) -> Result<T, BoxDynError> {
    let text = <&str as Decode<Postgres>>::decode(value)?;
    text.parse().map_err(|error: T::Err| error.to_string().into())
}
