//! The program, killed again and again at random moments.

use std::{
    process::{Child, Output},
    time::Duration,
};

use cqrs::{prelude::*, store::EventStore};

use crate::{
    checker::{Told, check},
    program::program,
};

/// How often it is killed: `.ci/long` says more.
pub(crate) fn kills() -> u64 {
    std::env::var("CQRS_TEST_KILLS").map_or(20, |kills| kills.parse().expect("a number of kills"))
}

/// So many events there are at the end, or a few more: the kills are spread over them.
const EVENTS: u64 = 3_000;

/// Kills the program with SIGKILL at a random moment, and leaves room for so many kills more.
pub(crate) async fn kill_later(mut program: Child, store: &impl EventStore, more: u64) {
    let reached = store.head().await.unwrap().get();
    let room = EVENTS.saturating_sub(reached) / (more + 2);
    let until = reached + fastrand::u64(1..=(2 * room).max(1));
    let mut glances = tokio::time::interval(Duration::from_millis(1));
    while store.head().await.unwrap().get() < until {
        assert!(program.try_wait().unwrap().is_none(), "the program ended by itself");
        glances.tick().await;
    }
    program.kill().unwrap();
    program.wait().unwrap();
}

/// What is sold, what is held, and what was paid too late.
pub(crate) fn exactly_the_seats_there_are_were_sold(told: &Told) {
    assert_eq!(told.count("pairs", "confirmed"), (100, 200));
    assert_eq!(told.count("pairs", "partial"), (100, 0));
    assert_eq!(told.count("two-types", "confirmed"), (50, 100));
    assert_eq!(told.count("two-types", "partial"), (150, 100));
    assert_eq!(told.orders.values().filter(|(outcome, _)| *outcome == "expired").count(), 20);
    assert_eq!(told.refunds.len(), 20);
    assert_eq!(told.orders.len(), 420);
}

/// The program comes to its own end, and finds every number as it must be.
pub(crate) fn is_content(program: Child) {
    let Output { status, stdout, stderr } = program.wait_with_output().unwrap();
    let (said, complained) = (String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr));
    assert!(status.success() && said.contains("no seat is sold twice"), "{said}{complained}");
}

/// What was sold, and what each process has done.
pub(crate) fn everything_happened_once(told: &Told) {
    exactly_the_seats_there_are_were_sold(told);
    let processes = &told.processes;
    assert!(processes.unanswered.is_empty() && processes.unheard.is_empty(), "{processes:?}");
    assert_eq!((processes.timers, processes.refused), (20, 0), "each of those who are too late is told once");
    // The partial orders hold on, and late payments are waited for: neither time is over.
    assert_eq!(processes.pending.len(), 100 + 150 + 20);
}

#[tokio::test]
async fn killed_at_random_moments_it_sells_exactly_the_seats_there_are() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("conference.db");
    let store = SqliteStore::open(&file).unwrap();
    for more in (0..kills()).rev() {
        kill_later(program(&file).spawn().unwrap(), &store, more).await;
    }
    is_content(program(&file).spawn().unwrap());
    everything_happened_once(&check(&store).await);
}
