//! Times as PostgreSQL keeps them.

use jiff::{SignedDuration, Timestamp};
use sqlx::{
    Decode, Encode, Postgres, Type,
    encode::IsNull,
    error::BoxDynError,
    postgres::{PgArgumentBuffer, PgHasArrayType, PgTypeInfo, PgValueFormat, PgValueRef, types::Oid},
};

/// The types `timestamptz` and `timestamptz[]`, which have these numbers on every server.
const TIMESTAMPTZ: PgTypeInfo = PgTypeInfo::with_oid(Oid(1184));
const TIMESTAMPTZ_ARRAY: PgTypeInfo = PgTypeInfo::with_oid(Oid(1185));

/// From 1970, where times are counted from, to 2000, where PostgreSQL counts from.
const EPOCH: SignedDuration = SignedDuration::from_hours(24 * 10_957);

/// A time as an argument or a column of the type `timestamptz`, to the microsecond, which is as far as the server counts: the
/// rest is cut off. `Timestamp` itself cannot be one, being a type of `jiff`.
///
/// ```no_run
/// use cqrs::{Timestamp, sqlx, store::postgres::Timestamptz};
///
/// # async fn run(pool: &sqlx::PgPool, time: Timestamp) -> sqlx::Result<()> {
/// sqlx::query("INSERT INTO visits (at) VALUES ($1)").bind(Timestamptz(time)).execute(pool).await?;
/// let Timestamptz(at) = sqlx::query_scalar("SELECT max(at) FROM visits").fetch_one(pool).await?;
/// # let _: Timestamp = at; Ok(()) }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamptz(
    /// The time.
    pub Timestamp,
);

impl From<Timestamp> for Timestamptz {
    fn from(time: Timestamp) -> Self {
        Self(time)
    }
}

impl From<Timestamptz> for Timestamp {
    fn from(time: Timestamptz) -> Self {
        time.0
    }
}

impl Type<Postgres> for Timestamptz {
    fn type_info() -> PgTypeInfo {
        TIMESTAMPTZ
    }
}

impl PgHasArrayType for Timestamptz {
    fn array_type_info() -> PgTypeInfo {
        TIMESTAMPTZ_ARRAY
    }
}

impl Encode<'_, Postgres> for Timestamptz {
    fn encode_by_ref(&self, buffer: &mut PgArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let since = self.0.as_duration() - EPOCH;
        let microseconds = i64::try_from(since.as_nanos().div_euclid(1_000))?;
        buffer.extend_from_slice(&microseconds.to_be_bytes());
        Ok(IsNull::No)
    }
}

/// A time that `Timestamp` cannot hold, such as `infinity`, is refused.
impl Decode<'_, Postgres> for Timestamptz {
    fn decode(value: PgValueRef<'_>) -> Result<Self, BoxDynError> {
        if value.format() == PgValueFormat::Text {
            return Ok(Self(value.as_str()?.parse()?));
        }
        let since = SignedDuration::from_micros(i64::from_be_bytes(value.as_bytes()?.try_into()?));
        Ok(Self(Timestamp::UNIX_EPOCH.checked_add(since.checked_add(EPOCH).ok_or(TooFar)?)?))
    }
}

/// A time is further away than times go.
#[derive(Debug, thiserror::Error)]
#[error("the time is further away than times go")]
struct TooFar;
