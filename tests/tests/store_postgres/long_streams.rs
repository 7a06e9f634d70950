//! Long streams are read in bundles where only the contents are wanted; nobody can tell but by the time it takes.

use std::{
    ops::ControlFlow,
    sync::{Arc, Mutex},
};

use cqrs::{
    StreamId, Version,
    store::{EventQuery, EventStore, PageEnd, postgres::PostgresStore},
};
use cqrs_tests::postgres::{Schema, server_answers};

/// Some have another schema version, and some contents have line breaks between their tokens.
const FILL: &str = r#"
    INSERT INTO events
        (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time)
    SELECT 'thing', 'long', step, gen_random_uuid(), 'thing-' || step % 7,
        CASE step % 10 WHEN 0 THEN step ELSE 1 END,
        format(E'{"step":%s,\n"text":"%s"}', step, repeat('é', step % 5))::json,
        json_build_object('correlation_id', gen_random_uuid(), 'time', '2026-01-02T03:04:05Z'),
        gen_random_uuid(), '2026-01-02'
    FROM generate_series(1, 1500) AS step
"#;

/// What a visitor sees of an event, other than the metadata.
type Seen = (u64, u64, String, u32, String);

/// One page, and what was seen up to `stop` events.
async fn page(
    store: &PostgresStore,
    query: &EventQuery,
    limit: usize,
    stop: usize,
) -> (Vec<Seen>, Result<PageEnd, String>) {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let sink = Arc::clone(&seen);
    let end = store.read(
        query,
        limit,
        Box::new(move |event| {
            let mut seen = sink.lock().unwrap();
            let (position, version) = (event.position.get(), event.version.get());
            seen.push((position, version, event.name.into(), event.schema_version, event.payload.into()));
            if seen.len() == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        }),
    );
    let end = end.await.map_err(|error| error.to_string());
    (std::mem::take(&mut *seen.lock().unwrap()), end)
}

async fn same_in_both_ways(store: &PostgresStore, after: u64, limit: usize, stop: usize) {
    let query = EventQuery::stream(StreamId::new("thing", "long")).after_version(Version::new(after));
    let whole = page(store, &query, limit, stop).await;
    let contents = page(store, &query.contents_only(), limit, stop).await;
    assert_eq!(contents, whole, "after {after}, {limit} at most, until {stop}");
}

async fn filled(schema: &Schema) -> PostgresStore {
    let store = schema.store().await;
    sqlx::raw_sql(FILL).execute(&mut schema.connection().await).await.unwrap();
    store
}

#[tokio::test]
async fn they_are_the_same_events_as_row_by_row() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = filled(&schema).await;
    for limit in [1, 200, 400, 401, 599, 600, 1_000, 1_400, 1_499, 1_500, 1_501, 8_000] {
        for after in [0, 1, 100, 300, 1_100, 1_299, 1_300, 1_500, 2_000] {
            same_in_both_ways(&store, after, limit, usize::MAX).await;
        }
    }
    for stop in [1, 199, 200, 201, 399, 400, 401, 1_000, 1_499, 1_500] {
        same_in_both_ways(&store, 0, 8_000, stop).await;
    }
}

#[tokio::test]
async fn what_cannot_be_bundled_is_read_row_by_row() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = filled(&schema).await;
    let damages = [
        // Names that look like several, or that hold what stands between two.
        r"UPDATE events SET name = E'a\x01b' WHERE version = 450",
        "UPDATE events SET name = '' WHERE version IN (700, 701)",
        // Holes: in a bundle, between two, and one that swallows a whole bundle.
        "DELETE FROM events WHERE version = 950",
        "DELETE FROM events WHERE version BETWEEN 1001 AND 1300",
        "UPDATE events SET schema_version = -1 WHERE version = 900",
        "UPDATE events SET version = 2 * version WHERE version = 1450",
        "DELETE FROM events WHERE version = 201",
    ];
    let mut connection = schema.connection().await;
    sqlx::raw_sql("ALTER TABLE events DISABLE TRIGGER events_are_kept")
        .execute(&mut connection)
        .await
        .unwrap();
    for damage in damages {
        sqlx::raw_sql(damage).execute(&mut connection).await.unwrap();
        for (after, limit) in [(0, 600), (0, 8_000), (100, 1_200), (700, 500)] {
            same_in_both_ways(&store, after, limit, usize::MAX).await;
        }
    }
}
