//! The table of `docs/speed.md`: every row a ratio measured in this run.
//!
//! `cargo bench -p cqrs-tests --features speed` runs all rows; with `-- fold` behind it, those whose name contains `fold`.
//! Both sides of a row run in turn, and the ratio is the median of the pairs. Work is driven from spawned tasks.
//! The raw side inserts the same columns into the same tables and indexes; projections are off where they
//! are not measured; command ids are checked and kept. For a profiler, `-- child:memory-store` runs our side of
//! that row alone, `child:postgres 64 300` that of 64 tasks and 300 rounds on PostgreSQL, and `child:processes sqlite ours`
//! one side of the row about processes.

#![allow(missing_docs, reason = "a benchmark has no callers")]

mod domain;
mod eventsourced;
mod fold;
mod guards;
mod handler;
mod handling;
mod latency;
mod lone;
mod memory_store;
mod peak_memory;
mod peer;
mod peer_domain;
mod pending;
mod postgres;
mod processes;
mod projection;
mod rabbitmq;
mod raw;
mod scheduled;
mod sqlite_append;
mod table;

use processes::{latency as process_latency, steps, timers, woken};
use table::Row;

/// Measures one row.
type Measure = fn() -> Row;

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|argument| argument != "--bench").collect();
    if let Some(child) = arguments.first().and_then(|argument| argument.strip_prefix("child:")) {
        return match child {
            "cqrs-es" => peer::child(),
            "peak-memory" => peak_memory::child(&arguments[1]),
            "pending-timers" => timers::child(&arguments[1]),
            "pending" => scheduled::child(&arguments[1]),
            "memory-store" => (0..10).for_each(|_| println!("{:.0}", memory_store::ours())),
            "postgres" => {
                let number = |index: usize| arguments.get(index).map_or(64, |number| number.parse().unwrap());
                println!("{:.0}", postgres::append::ours(number(1), number(2)));
            }
            "lone" => lone::child(&arguments[1]),
            "processes" => println!("{:.0}", steps::child(&arguments[1], &arguments[2])),
            other => panic!("no child is named {other}"),
        };
    }
    let wanted =
        |name: &str| arguments.is_empty() || arguments.iter().any(|part| name.contains(part.as_str()));
    let rows: [(&str, Measure); 38] = [
        ("handler", handler::row),
        ("memory store", memory_store::against_cqrs_es),
        ("memory store, against eventsourced", memory_store::against_eventsourced),
        ("sqlite full, one task", sqlite_append::full_one_task),
        ("sqlite off, one task", sqlite_append::off_one_task),
        ("sqlite full, 64 tasks", sqlite_append::full_many_tasks),
        ("sqlite guards", guards::sqlite),
        ("fold", fold::row),
        ("projection", projection::row),
        ("latency", latency::row),
        ("peak memory", peak_memory::row),
        ("event handler, streams", handling::streams),
        ("event handler, nothing", handling::nothing),
        ("event handler, nothing that blocks", handling::nothing_blocking),
        ("scheduled, many at once", scheduled::many_at_once),
        ("scheduled, one", scheduled::one),
        ("scheduled, start", scheduled::start),
        ("scheduled, memory", scheduled::memory),
        ("postgres, one task", postgres::append::one_task),
        ("postgres, 64 tasks", postgres::append::many_tasks),
        ("postgres, against peer", postgres::append::against_peer),
        ("postgres guards", guards::postgres),
        ("postgres fence", postgres::fence::row),
        ("postgres fold", postgres::fold::against_raw),
        ("postgres fold, against eventsourced", postgres::fold::against_eventsourced),
        ("postgres projection", postgres::projection::catch_up),
        ("postgres latency", postgres::projection::latency),
        ("rabbitmq", rabbitmq::row),
        ("process, sqlite", steps::sqlite),
        ("process, postgres", steps::postgres),
        ("process, latency, sqlite", process_latency::sqlite),
        ("process, latency, postgres", process_latency::postgres),
        ("timers, many at once", timers::many_at_once),
        ("timers, one", timers::one),
        ("timers, start", timers::start),
        ("timers, memory", timers::memory),
        ("woken, all", woken::all),
        ("woken, beside", woken::beside),
    ];
    let measured: Vec<Row> =
        rows.into_iter().filter(|(name, _)| wanted(name)).map(|(_, measure)| measure()).collect();
    table::print(&measured);
}
