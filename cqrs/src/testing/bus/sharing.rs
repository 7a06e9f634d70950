//! Exclusive or competing.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use crate::bus::{BusError, CommandBus, CommandMessage, HandlingError, Listening};

use super::{
    Buses,
    tools::{Journal, MOMENT, commands, consumer, next, number, publish},
};

async fn ignore(_: CommandMessage) -> Result<(), HandlingError> {
    Ok(())
}

/// An exclusive listener lets nobody else in, is not let in beside others, and makes room when it stops.
pub async fn an_exclusive_listener_is_the_only_one(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let exclusive = bus.listen().exclusive().start(ignore).await.unwrap();
    assert!(matches!(bus.listen().exclusive().start(ignore).await, Err(BusError::NotExclusive { .. })));
    assert!(matches!(bus.listen().start(ignore).await, Err(BusError::NotExclusive { .. })));
    exclusive.stop().await.unwrap();
    let competing = bus.listen().start(ignore).await.unwrap();
    assert!(matches!(bus.listen().exclusive().start(ignore).await, Err(BusError::NotExclusive { .. })));
    competing.stop().await.unwrap();
    bus.listen().exclusive().start(ignore).await.unwrap().stop().await.unwrap();
}

/// Each message goes to one of the listeners, and each listener gets some.
pub async fn competing_listeners_share(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let (first, first_count) = slow_listener(&bus, &journal).await;
    let (second, second_count) = slow_listener(&bus, &journal).await;
    publish(&bus, &commands(50, 4)).await;
    journal.until_done(200).await;
    first.stop().await.unwrap();
    second.stop().await.unwrap();
    journal.assert_in_order(50, 4);
    let counts = [first_count, second_count].map(|count| count.load(Ordering::SeqCst));
    assert!(counts.iter().all(|count| *count > 0), "each listener gets some of the messages: {counts:?}");
}

/// Another listener joins while everything is in the hands of the first, and leaves again: what was to be its share is
/// the first one's, then as before.
pub async fn a_listener_that_comes_and_goes_takes_nothing_with_it(buses: &impl Buses) {
    const KEYS: u32 = 16;
    let bus = buses.command_bus().await;
    let mut first = consumer(&bus, 64).await;
    publish(&bus, &commands(KEYS, 1)).await;
    let mut held = Vec::new();
    for _ in 0..KEYS {
        held.push(next(&mut *first).await);
    }
    // It waits until nothing is out, which does not happen while it is there.
    let passing_by = consumer(&bus, 64).await;
    tokio::time::sleep(MOMENT).await;
    passing_by.leave().await;
    tokio::time::sleep(MOMENT).await;
    for delivery in held {
        delivery.acknowledge().await.expect("what is out is the first one's");
    }
    publish(&bus, &commands(KEYS, 1)).await;
    for _ in 0..KEYS {
        next(&mut *first).await.acknowledge().await.expect("and so is what follows");
    }
}

async fn slow_listener(bus: &CommandBus, journal: &Journal) -> (Listening, Arc<AtomicUsize>) {
    let count = Arc::new(AtomicUsize::new(0));
    let (journal, counted) = (journal.clone(), Arc::clone(&count));
    let listening = bus.listen().workers(1).prefetch(1).start(move |command| {
        counted.fetch_add(1, Ordering::SeqCst);
        let journal = journal.clone();
        async move {
            tokio::time::sleep(Duration::from_millis(1)).await;
            journal.finish(&command.key, number(&command));
            Ok(())
        }
    });
    (listening.await.unwrap(), count)
}
