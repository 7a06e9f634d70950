//! The fence under load.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use cqrs_tests::postgres::{Schema, server_answers};

use crate::raw::{Reader, insert, naive, run};

const WRITERS: usize = 16;
const TRANSACTIONS: usize = 180;
const EVENTS: usize = 20;

/// Several events a transaction, and a random pause before the commit; one in eight is rolled back.
async fn write(schema: &Schema, writer: usize) -> Vec<i64> {
    let (mut connection, mut committed) = (schema.connection().await, Vec::new());
    for transaction in 0..TRANSACTIONS {
        run(&mut connection, "BEGIN").await;
        let mut drawn = Vec::new();
        for event in 0..EVENTS {
            drawn.push(insert(&mut connection, &format!("{writer}-{transaction}-{event}")).await);
        }
        tokio::time::sleep(Duration::from_micros(below(2_000))).await;
        if transaction % 8 == 7 {
            run(&mut connection, "ROLLBACK").await;
        } else {
            run(&mut connection, "COMMIT").await;
            committed.extend(drawn);
        }
    }
    committed
}

/// A number below `end`, by the noise of a fresh id.
fn below(end: u64) -> u64 {
    let noise = cqrs::EventId::generate().as_uuid().as_u64_pair().1;
    noise % end
}

#[tokio::test(flavor = "multi_thread")]
async fn of_fifty_thousand_events_of_sixteen_writers_a_tight_reader_misses_none() {
    if !server_answers() {
        return;
    }
    let schema = Arc::new(Schema::new());
    let mut reader = Reader::new(&schema.store().await);
    let done = Arc::new(AtomicBool::new(false));
    let (shared, last) = (Arc::clone(&schema), Arc::clone(&done));
    let readers = tokio::spawn(async move {
        let (mut eye, mut checkpoint) = (shared.connection().await, 0);
        let (mut seen, mut naively) = (Vec::new(), Vec::new());
        loop {
            let last_look = last.load(Ordering::SeqCst);
            seen.extend(reader.poll().await);
            naively.extend(naive(&mut eye, &mut checkpoint).await);
            if last_look {
                return (seen, naively);
            }
        }
    });
    let writers = (0..WRITERS).map(|writer| {
        let schema = Arc::clone(&schema);
        tokio::spawn(async move { write(&schema, writer).await })
    });
    let mut committed = Vec::new();
    for writer in writers.collect::<Vec<_>>() {
        committed.extend(writer.await.unwrap());
    }
    done.store(true, Ordering::SeqCst);
    let (seen, naively) = readers.await.unwrap();
    committed.sort_unstable();
    assert!(committed.len() >= 50_000, "{} events", committed.len());
    assert!(seen == committed, "of {} events {} were seen", committed.len(), seen.len());
    assert!(naively.len() < committed.len(), "a naive reader should miss some");
    println!("of {} events, a naive reader missed {}", committed.len(), committed.len() - naively.len());
}
