//! Rows that nobody wrote by the library: each is refused or told by name, and everything else goes on.

mod letters;
mod positions;
mod records;
mod snapshots;

use cqrs::store::{Damage, StoreError, sqlite::SqliteStore};

/// A row of the log like the first one, elsewhere.
fn event_at(position: i64, key: &str) -> String {
    format!(
        "INSERT INTO events (position, category, key, version, id, name, schema_version, payload, metadata, \
             correlation_id, tenant, time) \
         SELECT {position}, category, '{key}', version, '{}', name, schema_version, payload, metadata, \
             correlation_id, tenant, time FROM events WHERE position = 1;",
        cqrs::Uuid::now_v7()
    )
}

async fn problems(store: &SqliteStore) -> Vec<String> {
    let report = store.check().await.expect("damage is found, and fails nothing");
    report.damage.iter().map(Damage::to_string).collect()
}

/// Whether it is told as damage, in these words.
#[track_caller]
fn assert_damage(error: &StoreError, words: &[&str]) {
    assert!(matches!(error, StoreError::Damaged { .. }), "{error:?}");
    assert!(!error.is_outage() && !error.is_transient(), "waiting mends nothing");
    assert_says(&error.to_string(), words);
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
}
