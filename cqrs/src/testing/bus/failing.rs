//! What fails is tried again, a bounded number of times, and holds up nothing else.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use crate::bus::{DeadLetterReason, HandlingError, RetryPolicy};

use super::{
    Buses,
    tools::{Journal, command, commands, dead_letters, failure, number, publish, quick},
};

/// A message that always fails is tried as often as the policy says, ever more slowly, and then kept with its error.
/// Other keys have been handled by then.
pub async fn retries_are_bounded_and_ever_slower(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let (journal, times) = (Journal::default(), Arc::new(Mutex::new(Vec::new())));
    let (seen, tried) = (journal.clone(), Arc::clone(&times));
    let policy =
        RetryPolicy { attempts: 4, first_delay: Duration::from_millis(20), ..RetryPolicy::default() };
    let listening = bus.listen().retry(policy).start(move |command| {
        let (seen, tried) = (seen.clone(), Arc::clone(&tried));
        async move {
            if command.key == "burning" {
                tried.lock().unwrap().push(Instant::now());
                return Err(failure("the disk is on fire"));
            }
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &[command("burning", 0)]).await;
    publish(&bus, &commands(1, 2)).await;
    journal.until_done(2).await;
    let letters = dead_letters(&bus, 1).await;
    listening.stop().await.unwrap();

    let times = times.lock().unwrap().clone();
    assert_eq!(times.len(), 4, "it is tried four times");
    for (pair, delay) in times.windows(2).zip([20, 40, 80]) {
        let waited = pair[1] - pair[0];
        assert!(waited >= Duration::from_millis(delay), "waited {waited:?}, not {delay} ms");
    }
    assert_eq!((letters[0].reason, letters[0].attempts), (DeadLetterReason::Exhausted, 4));
    assert!(letters[0].error.contains("the disk is on fire"), "the error is kept: {}", letters[0].error);
}

/// While what handles messages is away, a message waits, and its key with it, however often it was tried; nothing becomes a
/// dead letter.
pub async fn an_outage_counts_as_no_attempt(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let (seen, left) = (journal.clone(), Arc::new(AtomicU32::new(30)));
    let policy = RetryPolicy { longest_delay: Duration::from_millis(5), ..quick(2) };
    let listening = bus.listen().workers(1).retry(policy).start(move |command| {
        let (seen, left) = (seen.clone(), Arc::clone(&left));
        async move {
            let count_down = |left: u32| left.checked_sub(1);
            if left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, count_down).is_ok() {
                return Err(HandlingError::unavailable("the store is away"));
            }
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &commands(3, 4)).await;
    journal.until_done(12).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(3, 4);
    assert_eq!(bus.dead_letters(1).await.unwrap().len(), 0);
}

/// Keys that wait for something that is away are tried again and again, and take their turns with the others.
pub async fn a_key_that_waits_for_long_does_not_starve_others(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let seen = journal.clone();
    let policy = RetryPolicy { longest_delay: Duration::from_millis(1), ..quick(2) };
    let listening = bus.listen().workers(1).retry(policy).start(move |command| {
        let seen = seen.clone();
        async move {
            if command.key.starts_with("waiting") {
                // By then the others that wait are due again.
                tokio::time::sleep(Duration::from_millis(20)).await;
                return Err(HandlingError::unavailable("for ever"));
            }
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &["waiting-a", "waiting-b", "waiting-c"].map(|key| command(key, 0))).await;
    tokio::time::sleep(Duration::from_millis(150)).await;
    publish(&bus, &commands(5, 2)).await;
    journal.until_done(10).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(5, 2);
}

/// While one key waits for its retry, others are handled, by the same worker.
pub async fn a_failing_key_does_not_hold_up_others(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let seen = journal.clone();
    let policy = RetryPolicy {
        first_delay: Duration::from_hours(1),
        longest_delay: Duration::from_hours(1),
        ..RetryPolicy::default()
    };
    let listening = bus.listen().workers(1).retry(policy).start(move |command| {
        let seen = seen.clone();
        async move {
            if command.key == "failing" {
                return Err(failure("for a long time"));
            }
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &[command("failing", 0), command("failing", 1)]).await;
    publish(&bus, &commands(10, 2)).await;
    journal.until_done(20).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(10, 2);
}

/// A panic is a failed attempt: the message is tried again, and if it always panics becomes a dead letter.
pub async fn a_panicking_handler_loses_nothing(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let (journal, panicked) = (Journal::default(), Arc::new(Mutex::new(HashSet::new())));
    let seen = journal.clone();
    let listening = bus.listen().retry(quick(3)).start(move |command| {
        let first = panicked.lock().unwrap().insert(command.id);
        assert!(command.key != "hopeless", "hopeless before its future");
        let seen = seen.clone();
        async move {
            assert!(!first, "in its future, the first time");
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    publish(&bus, &[command("hopeless", 0)]).await;
    publish(&bus, &commands(5, 5)).await;
    journal.until_done(25).await;
    let letters = dead_letters(&bus, 1).await;
    assert!(listening.is_running(), "a panic ends nothing");
    listening.stop().await.unwrap();
    journal.assert_in_order(5, 5);
    assert!(letters[0].error.contains("hopeless before its future"), "{}", letters[0].error);
}
