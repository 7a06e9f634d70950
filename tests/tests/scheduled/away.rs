//! A store that is away when something is due, or answers nothing.

use std::{sync::Arc, time::Duration};

use cqrs::{prelude::*, store::Store};
use cqrs_tests::faulty::{Fault, FaultyStore};

use super::world::{balance, builder, credit, opened};

async fn until_credited(app: &Application, account: &str) {
    while balance(app, account).await == 0 {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// However long it lasts, an outage is no failure: nothing is refused, and nothing is counted.
#[tokio::test(flavor = "multi_thread")]
async fn while_the_store_is_away_what_is_due_waits() {
    let store = FaultyStore::around(MemoryStore::new());
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    let app = opened(builder(&shared)).await;
    app.dispatch(credit("a", 5)).after(Duration::from_millis(50)).await.unwrap();
    // More often than anything else is tried.
    store.next_looks_fail(20);
    until_credited(&app, "a").await;
    assert!(app.history().failures(10).await.unwrap().is_empty());
    app.shutdown().await.unwrap();
}

/// As on NATS, where an application has just started and very much waits.
#[tokio::test(flavor = "multi_thread")]
async fn for_a_store_that_looks_long_for_what_is_due_nobody_waits() {
    let store = FaultyStore::around(MemoryStore::new());
    store.looks_for_what_is_due_for_ever();
    let shared: Arc<dyn Store> = Arc::new(store);
    let app = opened(builder(&shared)).await;
    app.dispatch(credit("a", 5)).after(Duration::ZERO).await.unwrap();
    app.dispatch(credit("a", 1)).await.unwrap();
    let health = app.health().await;
    let findings = health.findings.join("\n");
    assert!(findings.contains("what is due has not been looked through within 2s"), "{findings}");
    tokio::time::timeout(Duration::from_secs(5), app.shutdown()).await.expect("it stops").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_that_is_lost_lets_nothing_happen_twice() {
    for fault in [Fault::LostReply, Fault::NeverSent, Fault::Late] {
        let store = FaultyStore::around(MemoryStore::new());
        let shared: Arc<dyn Store> = Arc::new(store.clone());
        let app = opened(builder(&shared)).await;
        store.next_appends([fault]);
        app.dispatch(credit("a", 5)).after(Duration::ZERO).await.unwrap();
        until_credited(&app, "a").await;
        app.dispatch(credit("b", 1)).after(Duration::ZERO).await.unwrap();
        until_credited(&app, "b").await;
        assert_eq!(balance(&app, "a").await, 5, "{fault:?}");
        while app.scheduled().all().next_page().await.unwrap().is_some() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        app.shutdown().await.unwrap();
    }
}
