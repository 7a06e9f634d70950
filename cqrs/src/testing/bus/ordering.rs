//! In order per key.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use futures_util::future::BoxFuture;

use crate::bus::{CommandMessage, HandlingError};

use super::{
    Buses,
    tools::{Journal, commands, failure, number, publish, quick},
};

/// Eight workers, and every third message fails twice: each key still sees its messages one by one, in order.
pub async fn order_is_kept_per_key_through_failures(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let handler = failing_handler(journal.clone());
    let listening = bus.listen().workers(8).prefetch(50).retry(quick(5)).start(handler).await.unwrap();
    publish(&bus, &commands(20, 30)).await;
    journal.until_done(20 * 30).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(20, 30);
}

/// Two listeners that compete, with failures: a key is with one of them at a time.
pub async fn order_is_kept_across_competing_listeners(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let listen = || bus.listen().workers(4).prefetch(8).retry(quick(5));
    let first = listen().start(failing_handler(journal.clone())).await.unwrap();
    let second = listen().start(failing_handler(journal.clone())).await.unwrap();
    publish(&bus, &commands(20, 30)).await;
    journal.until_done(20 * 30).await;
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    journal.assert_in_order(20, 30);
}

/// Fails twice on every third message; the attempts are counted by id.
fn failing_handler(
    journal: Journal,
) -> impl Fn(CommandMessage) -> BoxFuture<'static, Result<(), HandlingError>> {
    let attempts = Arc::new(Mutex::new(HashMap::new()));
    move |command| {
        let (journal, attempts) = (journal.clone(), Arc::clone(&attempts));
        Box::pin(async move {
            journal.begin(&command.key);
            tokio::time::sleep(Duration::from_micros(200)).await;
            let attempt = {
                let mut attempts = attempts.lock().unwrap();
                *attempts.entry(command.id).and_modify(|count| *count += 1).or_insert(1)
            };
            if number(&command).is_multiple_of(3) && attempt <= 2 {
                journal.fail(&command.key);
                return Err(failure("not yet"));
            }
            journal.finish(&command.key, number(&command));
            Ok(())
        })
    }
}
