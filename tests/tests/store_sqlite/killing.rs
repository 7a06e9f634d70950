//! Processes that are killed while they append.

use std::sync::Arc;

use cqrs::{store::sqlite::SqliteStore, testing::store::crash};

use super::place::File;

#[test]
fn what_was_acknowledged_survives_kills() {
    let file = File::new();
    let test = "killing::what_was_acknowledged_survives_kills";
    crash::survives_kills(test, &file.path().to_string_lossy(), |file| {
        Box::pin(async { Arc::new(SqliteStore::open(file).expect("the store should open")) as _ })
    });
}
