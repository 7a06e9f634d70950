//! The framework's values as arguments and columns.

use cqrs::{
    AggregateId, CausationId, CommandId, CorrelationId, EventId, Position, Timestamp, Uuid, Version,
    store::postgres::Timestamptz,
};
use cqrs_tests::postgres::{Schema, server_answers};
use sqlx::{Decode, Encode, PgConnection, Postgres, Row, Type, postgres::PgHasArrayType};

#[derive(
    AggregateId, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
struct Visitor(Uuid);

/// The type the server takes the value for, and what it gives back, alone and in an array.
async fn there_and_back<T>(connection: &mut PgConnection, value: T, sql_type: &str)
where
    T: for<'q> Encode<'q, Postgres>
        + for<'r> Decode<'r, Postgres>
        + Type<Postgres>
        + PgHasArrayType
        + Clone
        + PartialEq
        + std::fmt::Debug
        + Send
        + Unpin
        + 'static,
{
    let sql = "SELECT pg_typeof($1)::text, $1, $2, $3";
    // A statement is prepared for the types it was first given.
    let query =
        sqlx::query(sql).persistent(false).bind(value.clone()).bind(vec![value.clone()]).bind(None::<T>);
    let row = query.fetch_one(connection).await.unwrap();
    assert_eq!(row.get::<String, _>(0), sql_type);
    assert_eq!(row.get::<T, _>(1), value);
    assert_eq!(row.get::<Vec<T>, _>(2), std::slice::from_ref(&value));
    assert_eq!(row.get::<Option<T>, _>(3), None);
}

#[tokio::test]
async fn values_come_back_from_a_column_in_the_form_of_the_stores_own_tables() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let connection = &mut schema.connection().await;
    there_and_back(connection, Position::new(7), "bigint").await;
    there_and_back(connection, Version::new(3), "bigint").await;
    there_and_back(connection, EventId::generate(), "uuid").await;
    there_and_back(connection, CommandId::generate(), "uuid").await;
    there_and_back(connection, CorrelationId::generate(), "uuid").await;
    there_and_back(connection, CausationId::generate(), "uuid").await;
    there_and_back(connection, Visitor(Uuid::now_v7()), "text").await;
    for time in ["2026-01-02T03:04:05.678901Z", "1969-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"] {
        there_and_back(connection, Timestamptz(time.parse().unwrap()), "timestamp with time zone").await;
    }
    let at = "SELECT TIMESTAMPTZ '2026-01-02 03:04:05.678901+00' = $1";
    let time = Timestamptz("2026-01-02T03:04:05.678901999Z".parse().unwrap());
    let same: bool = sqlx::query_scalar(at).bind(time).fetch_one(&mut *connection).await.unwrap();
    assert!(same, "what is finer than a microsecond is cut off");
}

#[tokio::test]
async fn what_does_not_fit_is_refused_and_not_bent() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let connection = &mut schema.connection().await;
    let large = sqlx::query("SELECT $1").bind(Position::new(u64::MAX)).execute(&mut *connection).await;
    assert!(large.is_err());
    let negative = sqlx::query_scalar::<_, Position>("SELECT -1::bigint").fetch_one(&mut *connection).await;
    assert!(negative.is_err());
    let number = sqlx::query_scalar::<_, EventId>("SELECT 7").fetch_one(&mut *connection).await;
    assert!(number.is_err());
    for never in ["SELECT TIMESTAMPTZ 'infinity'", "SELECT TIMESTAMPTZ '-infinity'"] {
        let never = sqlx::query_scalar::<_, Timestamptz>(never).fetch_one(&mut *connection).await;
        assert!(never.is_err(), "{never:?}");
    }
    let visitor = sqlx::query_scalar::<_, Visitor>("SELECT 'nobody'").fetch_one(&mut *connection).await;
    assert!(visitor.is_err());
    let raw =
        sqlx::raw_sql("SELECT TIMESTAMPTZ '2026-01-02 03:04:05+00', 7::bigint").fetch_one(connection).await;
    let raw = raw.unwrap();
    let time: Timestamp = raw.get::<Timestamptz, _>(0).into();
    assert_eq!(
        (time, raw.get::<Position, _>(1)),
        ("2026-01-02T03:04:05Z".parse().unwrap(), Position::new(7))
    );
}
