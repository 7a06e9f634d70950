//! Commands in memory, against others with what they have in memory, on the same domain.

use std::sync::Arc;

use cqrs::store::memory::MemoryStore;

use crate::{
    domain, eventsourced, peer,
    table::{Row, Target, compare, rates},
};

pub const ACCOUNTS: usize = 1_000;
pub const CREDITS: usize = 100;

/// Commands a second.
pub fn ours() -> f64 {
    domain::runtime().block_on(async {
        let app = domain::application(Arc::new(MemoryStore::new())).await;
        domain::open(&app, ACCOUNTS).await;
        domain::credits(&app, 1, ACCOUNTS, CREDITS).await
    })
}

pub fn against_cqrs_es() -> Row {
    rates(
        "in memory, 1,000 accounts × 100 credits, one task, against cqrs-es 0.5",
        "commands",
        Target::AtLeast(6.0),
        compare(ours, peer::run),
    )
}

pub fn against_eventsourced() -> Row {
    rates(
        "the same, against eventsourced 0.27, whose log for tests keeps no command and no metadata",
        "commands",
        Target::AtLeast(0.9),
        compare(ours, eventsourced::memory::run),
    )
}
