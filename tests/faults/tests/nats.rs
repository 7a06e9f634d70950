//! What each fault of the NATS store is held against. The tests have no server of their own: `tests/services up`.

#[allow(dead_code, reason = "other tests do more with a prefix")]
#[path = "../../src/nats.rs"]
mod prefixes;
mod services;

use std::sync::Arc;

use cqrs::{store::nats::NatsStore, testing::store::crash};

cqrs::store_conformance_tests!(prefixes::Prefix::new());

#[test]
fn what_was_acknowledged_survives_kills() {
    let prefix = prefixes::Prefix::new();
    crash::survives_kills("what_was_acknowledged_survives_kills", &prefix.address(), |address| {
        Box::pin(
            async move { Arc::new(NatsStore::connect(&address).await.expect("the store should open")) as _ },
        )
    });
}
