//! Processes that are killed while they append.

use std::sync::Arc;

use cqrs::{store::nats::NatsStore, testing::store::crash};
use cqrs_tests::nats::{Prefix, server_answers};

#[test]
fn what_was_acknowledged_survives_kills() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    crash::survives_kills("killing::what_was_acknowledged_survives_kills", &prefix.address(), |address| {
        Box::pin(
            async move { Arc::new(NatsStore::connect(&address).await.expect("the store should open")) as _ },
        )
    });
}
