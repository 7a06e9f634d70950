//! Waking readers.

use std::time::Duration;

use futures_util::future::join;
use tokio::sync::watch;

use crate::{
    event::Payload,
    message::Position,
    store::{Append, EventQuery, Store, read_page},
};

use super::{
    fixtures::{must_append, some},
    opened::Opened,
};

const ROUNDS: u64 = 100;

/// How long a reader waits in vain until it is said to sleep for good.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whoever looks only when it is woken finds every event: there is a wake-up after the event can be read. One that comes
/// before is not enough, as it comes to somebody who then finds nothing, and sleeps on.
pub(super) async fn readers_are_woken(store: Opened<'_>) {
    let wake_ups = store.wake_ups();
    for round in 0..ROUNDS {
        let after = store.head().await.unwrap();
        let mut wake_ups = wake_ups.clone();
        wake_ups.mark_unchanged();
        let reader = sleeper(&*store, wake_ups, after);
        // The reader is polled first each time: it looks as soon as it is woken, even where that is in the middle of the append.
        let (woken, _) = join(reader, must_append(&*store, some("a", 1 + round % 2))).await;
        assert!(woken, "nobody was woken after append number {} could be read", round + 1);
    }
}

/// The same of a reader with a connection of its own, which need not wait for an append that takes a while to arrive.
pub(super) async fn readers_are_woken_once_others_see_the_events(store: Opened<'_>) {
    let other = store.open_another().await;
    for round in 0..ROUNDS / 4 {
        let after = other.head().await.unwrap();
        let mut wake_ups = store.wake_ups();
        wake_ups.mark_unchanged();
        let reader = sleeper(&*other, wake_ups, after);
        let (woken, _) = join(reader, must_append(&*store, bulky())).await;
        assert!(woken, "nobody was woken after append number {} could be read elsewhere", round + 1);
    }
}

/// Half a megabyte.
fn bulky() -> Append {
    let mut bulky = some("a", 128);
    for event in &mut bulky.writes[0].events {
        event.payload = Payload::from_json(format!("\"{}\"", "x".repeat(4_096)));
    }
    bulky
}

/// Looks after each wake-up, and only then. Gives whether it found the event.
async fn sleeper(store: &dyn Store, mut wake_ups: watch::Receiver<Position>, after: Position) -> bool {
    loop {
        match tokio::time::timeout(PATIENCE, wake_ups.changed()).await {
            Ok(Ok(())) => {}
            _ => return false,
        }
        let (found, _) = read_page(store, &EventQuery::all().after(after), 10).await.unwrap();
        if !found.is_empty() {
            return true;
        }
    }
}
