//! The connection that listens for other processes' commits is lost.

use cqrs::{
    Position,
    store::{EventQuery, EventStore, postgres::PostgresStore, read_page},
};
use cqrs_tests::{
    postgres_server::{PostgresServer, can_start},
    proxy::Proxy,
};
use tokio::sync::watch;

use super::{requests::append, world::PATIENCE};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_listener_that_was_cut_off_comes_back_and_looks_for_what_it_missed() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let proxy = Proxy::before(server.host()).await;
    let other = PostgresStore::connect(&server.address()).await.expect("the store opens");
    let store = PostgresStore::connect(&super::world::address(&proxy)).await.expect("the store opens");
    let mut wake_ups = store.wake_ups();
    let mut query = EventQuery::all();
    for round in 1..=5 {
        // It is told of what comes while it listens, and of nothing while it is cut off.
        append(&other).await;
        until_seen(&store, &mut query, &mut wake_ups).await;
        proxy.refuse(true);
        proxy.cut();
        append(&other).await;
        proxy.refuse(false);
        until_seen(&store, &mut query, &mut wake_ups).await;
        assert_eq!(query.after, Position::new(2 * round));
    }
}

/// Waits for a wake-up after which there is one more event; nobody polls here.
async fn until_seen(store: &PostgresStore, query: &mut EventQuery, wake_ups: &mut watch::Receiver<Position>) {
    let seeing = async {
        loop {
            // As a subscription does: whatever wakes it after the read began makes it read again.
            wake_ups.mark_unchanged();
            if let Ok((events, end)) = read_page(store, query, 10).await
                && !events.is_empty()
            {
                query.after = end.position;
                return;
            }
            wake_ups.changed().await.expect("the store is open");
        }
    };
    tokio::time::timeout(PATIENCE, seeing).await.expect("it is woken");
}
