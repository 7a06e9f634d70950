//! What fails parks its stream; everything else goes on, in its partition and in the others.

use cqrs::{prelude::*, registry::Registry, store::DeadLetterState};
use cqrs_tests::postgres::server_answers;

use super::world::*;

#[tokio::test(flavor = "multi_thread")]
async fn a_failing_event_parks_its_stream_until_it_is_retried() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let workers = [Worker::new("one", &schema.store().await), Worker::new("two", &schema.store().await)];
    let fail = |failing: bool| {
        for worker in &workers {
            let mut amounts = worker.failing.lock().unwrap();
            if failing {
                amounts.insert(7)
            } else {
                amounts.remove(&7)
            };
        }
    };
    fail(true);
    let one = start(&workers[0], Registry::projection::<Ledger>).await;
    let two = start(&workers[1], Registry::projection::<Ledger>).await;
    until_shares(&schema, &[4, 4]).await;
    let receipt = credit_many(&one, 1..101).await;
    two.wait_for::<Ledger>(&receipt).await.unwrap();
    // Every twentieth goes to the same account: 7, 27, 47, 67 and 87.
    let letters = one.dead_letters("ledger").list().await.unwrap();
    let states: Vec<_> = letters.iter().map(|letter| letter.state).collect();
    assert_eq!(states, [&[DeadLetterState::Failed] as &[_], &[DeadLetterState::Queued; 4]].concat());
    assert!(letters.iter().all(|letter| letter.key.handler.starts_with("ledger/")), "{letters:?}");
    assert_eq!(rows(&schema).await.len(), 95);
    assert!(one.health().await.findings.iter().any(|finding| finding.contains("has dead letters: 5")));

    fail(false);
    // Whichever process is asked: the owner does it.
    for app in [&one, &two] {
        let _ = app.dead_letters("ledger").retry(letters[0].key.position).await;
    }
    until_no_letters(&two).await;
    assert_as_the_log(&schema, &one).await;
    two.shutdown().await.unwrap();
    one.shutdown().await.unwrap();
}

async fn until_no_letters(app: &Application) {
    let gone = async {
        while !app.dead_letters("ledger").list().await.unwrap().is_empty() {
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(PATIENCE, gone).await.expect("the letters go");
}
