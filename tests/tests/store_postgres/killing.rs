//! Processes that are killed while they append.

use std::sync::Arc;

use cqrs::{store::postgres::PostgresStore, testing::store::crash};
use cqrs_tests::{
    postgres::{Schema, server_answers},
    services::Service,
};

#[test]
fn what_was_acknowledged_survives_kills() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    crash::survives_kills("killing::what_was_acknowledged_survives_kills", schema.name(), |schema| {
        Box::pin(async {
            let opening = PostgresStore::builder().schema(schema);
            Arc::new(opening.connect(&Service::PostgreSql.address()).await.expect("the store should open"))
                as _
        })
    });
}
