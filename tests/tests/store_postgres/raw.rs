//! Connections that write beside the store, step by step, and a reader that knows nothing of the fence.

use cqrs::store::{EventQuery, EventStore, postgres::PostgresStore, read_page};
use sqlx::PgConnection;

/// One event, by plain SQL.
pub const INSERT: &str = "INSERT INTO events \
    (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time) \
    SELECT 'thing', $1, 1, gen_random_uuid(), 'thing-happened', 1, '{}', json_build_object( \
        'correlation_id', gen_random_uuid(), 'time', '2026-01-02T03:04:05Z'), gen_random_uuid(), '2026-01-02' \
    RETURNING position";

pub async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.unwrap();
}

pub async fn insert(connection: &mut PgConnection, key: &str) -> i64 {
    sqlx::query_scalar(INSERT).bind(key).fetch_one(connection).await.unwrap()
}

/// A reader that takes what it finds above its checkpoint: what most stores on PostgreSQL do.
pub async fn naive(connection: &mut PgConnection, checkpoint: &mut i64) -> Vec<i64> {
    let read = sqlx::query_scalar("SELECT position FROM events WHERE position > $1 ORDER BY position");
    let found: Vec<i64> = read.bind(*checkpoint).fetch_all(connection).await.unwrap();
    *checkpoint = found.last().copied().unwrap_or(*checkpoint);
    found
}

/// The store's own reader, in the same manner.
pub struct Reader {
    store: PostgresStore,
    query: EventQuery,
}

impl Reader {
    pub fn new(store: &PostgresStore) -> Self {
        Self { store: store.clone(), query: EventQuery::all() }
    }

    pub async fn poll(&mut self) -> Vec<i64> {
        let mut found = Vec::new();
        loop {
            let (events, end) = read_page(&self.store, &self.query, 1_000).await.unwrap();
            found.extend(events.iter().map(|event| event.position.get().cast_signed()));
            self.query.after = end.position;
            if end.complete {
                return found;
            }
        }
    }

    pub async fn head(&self) -> u64 {
        self.store.head().await.unwrap().get()
    }
}

/// What a reader finds that has to wait.
pub const NOTHING: [i64; 0] = [];
