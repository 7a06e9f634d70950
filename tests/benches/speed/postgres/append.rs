//! Commands on PostgreSQL, against raw inserts and against the peer.

use std::sync::Arc;

use super::{peer, place::Schema, raw};
use crate::{
    domain,
    table::{Row, Target, compare, rates},
};

const ACCOUNTS: usize = 64;

pub fn one_task() -> Row {
    rates(
        "PostgreSQL, one task, against a raw prepared single-row insert by tokio-postgres",
        "commands",
        Target::AtLeast(0.7),
        compare(|| ours(1, 30), || raw_inserts(1, 30 * ACCOUNTS)),
    )
}

pub fn many_tasks() -> Row {
    rates(
        "PostgreSQL, 64 tasks on distinct accounts, against 16 connections doing raw single-row inserts",
        "commands",
        Target::AtLeast(2.0),
        compare(|| ours(64, 300), || raw_inserts(16, 300 * ACCOUNTS)),
    )
}

pub fn against_peer() -> Row {
    let peer = peer::Peer::build();
    rates(
        "PostgreSQL, 16 tasks, against cqrs-es 0.5 with postgres-es",
        "commands",
        Target::AtLeast(6.0),
        compare(|| ours(16, 100), || peer.run(16, 30)),
    )
}

pub fn ours(tasks: usize, rounds: usize) -> f64 {
    let schema = Schema::new();
    domain::runtime().block_on(async {
        let app = domain::application(Arc::new(schema.store().await)).await;
        domain::open(&app, ACCOUNTS).await;
        let rate = domain::credits(&app, tasks, ACCOUNTS, rounds).await;
        app.shutdown().await.unwrap();
        rate
    })
}

fn raw_inserts(connections: usize, rows: usize) -> f64 {
    let schema = Schema::new();
    domain::runtime().block_on(async {
        schema.plain().await;
        raw::inserts(&schema, connections, rows).await
    })
}
