//! What an event handler calls is away, for long, with many events waiting.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs::{
    clock::Clock,
    handler::{
        BoxError, EventContext, EventHandler, EventHandlerInfo, EventHandlerSettings, HandledEvent,
        StartFrom, argument,
    },
    prelude::*,
    store::{DeadLetterQuery, DeadLetterState, EventStore},
    testing::ManualClock,
};
use cqrs_tests::bank::*;
use futures_util::future::BoxFuture;

use super::{
    operation::{Play, player, playing},
    tail::credits,
    world::*,
};

const STREAMS: usize = 20_000;

player!(
    Mailer,
    "mailer",
    false,
    EventHandlerSettings::new()
        .concurrency(16)
        .attempts(5)
        .delay(Duration::from_secs(1), Duration::from_mins(10))
);

/// One credit of each account.
async fn filled() -> MemoryStore {
    let store = MemoryStore::new();
    for account in 0..STREAMS {
        store.append(credits(account as u64, 1..2)).await.unwrap();
    }
    store
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mail_server_that_is_away_for_an_hour_costs_a_thousand_letters_and_no_mail() {
    let clock = ManualClock::at(cqrs::Timestamp::now());
    let away = Arc::new(AtomicBool::new(true));
    let sent = Arc::new(Mutex::new(HashMap::<String, usize>::new()));
    let (is_away, mails) = (Arc::clone(&away), Arc::clone(&sent));
    let play = Play::of(move |account, _| {
        let outcome = if is_away.load(Ordering::SeqCst) {
            Err("the mail server is away".into())
        } else {
            *mails.lock().unwrap().entry(account).or_default() += 1;
            Ok(())
        };
        async { outcome }
    });
    let app = playing::<Mailer>(filled().await, &play, Some(&clock)).await;
    play.until(|begun| begun.len() >= 1_000).await;
    for _ in 0..60 {
        clock.set(clock.now() + Duration::from_mins(1));
        let begun = play.begun().len();
        // Some probe or other.
        tokio::time::sleep(Duration::from_millis(2)).await;
        assert!(play.begun().len() - begun < 100, "it only probes");
    }
    let waiting = DeadLetterQuery::of("mailer").state(DeadLetterState::Waiting);
    let letters = app.store().dead_letter_page(&waiting, STREAMS).await.unwrap();
    assert!((1_000..=1_100).contains(&letters.len()), "{} letters", letters.len());
    assert!(letters.iter().all(|letter| letter.attempts < 5));
    assert!(app.dead_letters("mailer").list().await.unwrap().is_empty(), "none is dead");
    let status = app.status().into_iter().find(|status| status.name == "mailer").unwrap();
    assert!(status.position.get() < 2_000, "the log is the queue: {status:?}");

    away.store(false, Ordering::SeqCst);
    let all_sent = async {
        while sent.lock().unwrap().len() < STREAMS {
            clock.set(clock.now() + Duration::from_secs(30));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, all_sent).await.unwrap();
    assert!(sent.lock().unwrap().values().all(|mails| *mails == 1), "none is sent twice");
    app.shutdown().await.unwrap();
}
