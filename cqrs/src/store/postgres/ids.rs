//! Ids on their way to the server, as the 16 bytes it keeps.
//!
//! `sqlx` has a feature for them that cannot be used: with it, it and `rusqlite` ask for different libraries of SQLite.

use sqlx::{
    Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, types::Oid},
};
use uuid::Uuid;

/// The types `uuid` and `uuid[]`, which have these numbers on every server.
const UUID: PgTypeInfo = PgTypeInfo::with_oid(Oid(2950));
const UUID_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(2951));

/// An id as an argument.
#[derive(Clone, Copy, Debug)]
pub(super) struct Id(pub(super) Uuid);

impl Type<Postgres> for Id {
    fn type_info() -> PgTypeInfo {
        UUID
    }
}

impl PgHasArrayType for Id {
    fn array_type_info() -> PgTypeInfo {
        UUID_ARRAY
    }
}

impl Encode<'_, Postgres> for Id {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        buffer.extend_from_slice(self.0.as_bytes());
        Ok(IsNull::No)
    }
}
