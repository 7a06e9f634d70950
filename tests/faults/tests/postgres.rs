//! What each fault of the PostgreSQL store is held against. The tests have no server of their own: `tests/services up`.

#[allow(dead_code, reason = "other tests do more with a schema")]
#[path = "../../src/postgres.rs"]
mod schemas;
mod services;

use std::sync::Arc;

use cqrs::{store::postgres::PostgresStore, testing::store::crash};

use services::Service;

cqrs::store_conformance_tests!(schemas::Schema::new());

#[test]
fn what_was_acknowledged_survives_kills() {
    let schema = schemas::Schema::new();
    crash::survives_kills("what_was_acknowledged_survives_kills", schema.name(), |schema| {
        Box::pin(async {
            let opening = PostgresStore::builder().schema(schema);
            Arc::new(opening.connect(&Service::PostgreSql.address()).await.expect("the store should open"))
                as _
        })
    });
}
