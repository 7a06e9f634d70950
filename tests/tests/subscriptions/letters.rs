//! Many dead letters: after an outage of what an event handler calls nobody deals with them one by one.

use cqrs::{application::LetterFilter, prelude::*, store::DeadLetterState};

use super::world::{Probe, credit, watching};

const STREAMS: usize = 250;

/// Each account's first credit has failed; a second one queues behind it.
async fn after_an_outage(probe: &std::sync::Arc<Probe>) -> Application {
    probe.fail(13);
    let app = watching(MemoryStore::new(), probe).await;
    for account in 0..STREAMS {
        credit(&app, &account.to_string(), 13).await;
        credit(&app, &account.to_string(), 1).await;
    }
    while app.dead_letters("watcher").list().await.unwrap().len() < STREAMS {
        tokio::task::yield_now().await;
    }
    app
}

async fn until_none_is_left(app: &Application) {
    while !app.store().dead_letters("watcher").await.unwrap().is_empty() {
        tokio::task::yield_now().await;
    }
}

fn count(probe: &Probe, amount: i64) -> usize {
    probe.amounts("watcher").iter().filter(|called| **called == amount).count()
}

#[tokio::test]
async fn all_are_retried_and_what_queues_behind_them_follows() {
    let probe = Probe::new();
    let app = after_an_outage(&probe).await;
    let tried = count(&probe, 13);
    assert_eq!(count(&probe, 1), 0, "they wait behind");
    probe.mend();
    let letters = app.dead_letters("watcher");
    assert_eq!(letters.retry_all(&LetterFilter::all()).await.unwrap(), STREAMS as u64);
    until_none_is_left(&app).await;
    assert_eq!((count(&probe, 13), count(&probe, 1)), (tried + STREAMS, STREAMS), "each once more");
    assert_eq!(letters.retry_all(&LetterFilter::all()).await.unwrap(), 0);
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn all_are_skipped_and_what_queues_behind_them_follows() {
    let probe = Probe::new();
    let app = after_an_outage(&probe).await;
    let tried = count(&probe, 13);
    assert_eq!(app.dead_letters("watcher").skip_all(&LetterFilter::all()).await.unwrap(), STREAMS as u64);
    until_none_is_left(&app).await;
    assert_eq!((count(&probe, 13), count(&probe, 1)), (tried, STREAMS));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn some_are_chosen_by_their_error_and_their_time() {
    let probe = Probe::new();
    let before = cqrs::Timestamp::now();
    let app = after_an_outage(&probe).await;
    let letters = app.dead_letters("watcher");
    let hour = std::time::Duration::from_hours(1);
    for filter in [
        LetterFilter::all().error("something else"),
        LetterFilter::all().until(before),
        LetterFilter::all().since(cqrs::Timestamp::now() + hour),
    ] {
        assert_eq!(letters.skip_all(&filter).await.unwrap(), 0, "{filter:?}");
    }
    let of_the_outage = LetterFilter::all().error("told to fail").since(before).until(before + hour);
    assert_eq!(letters.skip_all(&of_the_outage).await.unwrap(), STREAMS as u64);
    let unknown = app.dead_letters("wacher").retry_all(&LetterFilter::all()).await.unwrap_err();
    assert!(unknown.to_string().contains("watcher"), "{unknown}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn they_are_read_in_pages_with_their_events() {
    let probe = Probe::new();
    let app = after_an_outage(&probe).await;
    let (mut pages, mut sizes) =
        (app.dead_letters("watcher").pages().state(DeadLetterState::Failed), Vec::new());
    while let Some(page) = pages.next_page().await.unwrap() {
        assert!(page.iter().all(|letter| letter.state == DeadLetterState::Failed));
        assert!(page.iter().all(|letter| letter.event.as_ref().unwrap().envelope.name == "money-credited"));
        sizes.push(page.len());
    }
    assert_eq!(sizes, [100, 100, 50]);
    app.shutdown().await.unwrap();
}
