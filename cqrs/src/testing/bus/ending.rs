//! A stop that drains and cannot hang.

use std::time::{Duration, Instant};

use crate::bus::{BusError, CommandBus, Listening, RetryPolicy, Stopped};

use super::{
    Buses,
    tools::{Journal, MOMENT, PATIENCE, command, commands, failure, number, publish, until},
};

/// Whatever was begun when the stop came is ended; nothing is begun twice, and the rest is still on the bus.
pub async fn a_stop_drains_what_was_taken(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let first = listen(&bus, &journal, Duration::from_millis(20)).await;
    publish(&bus, &commands(40, 1)).await;
    until("a handler has begun", || journal.started() > 0).await;
    assert_eq!(first.stop().await.unwrap(), Stopped::Drained);
    let drained = journal.done().len();
    assert_eq!(journal.started(), drained, "what was begun was ended");
    assert!(drained < 40, "the stop does not empty the bus");
    let second = listen(&bus, &journal, Duration::ZERO).await;
    journal.until_done(40).await;
    second.stop().await.unwrap();
    journal.assert_in_order(40, 1);
}

async fn listen(bus: &CommandBus, journal: &Journal, pause: Duration) -> Listening {
    let journal = journal.clone();
    let listening = bus.listen().workers(4).prefetch(8).start(move |command| {
        let journal = journal.clone();
        async move {
            journal.begin(&command.key);
            tokio::time::sleep(pause).await;
            journal.finish(&command.key, number(&command));
            Ok(())
        }
    });
    listening.await.unwrap()
}

/// A handler that never ends is dropped when the grace is over, and its message comes again.
pub async fn a_stuck_handler_does_not_hang_the_stop(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let seen = journal.clone();
    let stuck = bus.listen().grace(Duration::from_millis(50)).start(move |command| {
        seen.begin(&command.key);
        std::future::pending()
    });
    let stuck = stuck.await.unwrap();
    publish(&bus, &[command("key-0", 0), command("key-0", 1)]).await;
    until("the handler has begun", || journal.started() > 0).await;
    let stop = tokio::time::timeout(PATIENCE, stuck.stop()).await.expect("the stop ends");
    assert_eq!(stop.unwrap(), Stopped::Abandoned);
    let journal = Journal::default();
    let second = listen(&bus, &journal, Duration::ZERO).await;
    journal.until_done(2).await;
    second.stop().await.unwrap();
    journal.assert_in_order(1, 2);
}

/// A message that waits for its next attempt, and those behind it, are given back.
pub async fn a_stop_does_not_wait_for_retries(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let failing = fail_for_an_hour(&bus, &journal).await;
    publish(&bus, &commands(1, 3)).await;
    until("the handler has begun", || journal.started() > 0).await;
    let start = Instant::now();
    assert_eq!(failing.stop().await.unwrap(), Stopped::Drained);
    assert!(start.elapsed() < PATIENCE, "the stop waited for a retry");
    all_come_in_order(&bus, 1, 3).await;
}

/// What is given back keeps its order, however long ago each message came.
pub async fn a_stop_gives_back_in_order_what_came_over_a_while(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    let failing = fail_for_an_hour(&bus, &journal).await;
    for number in 0..3 {
        let messages: Vec<_> = (0..16).map(|key| command(&format!("key-{key}"), number)).collect();
        publish(&bus, &messages).await;
        tokio::time::sleep(MOMENT).await;
    }
    until("every key was tried", || journal.started() == 16).await;
    assert_eq!(failing.stop().await.unwrap(), Stopped::Drained);
    all_come_in_order(&bus, 16, 3).await;
}

async fn fail_for_an_hour(bus: &CommandBus, journal: &Journal) -> Listening {
    let journal = journal.clone();
    let hour = Duration::from_hours(1);
    let policy = RetryPolicy { first_delay: hour, longest_delay: hour, ..RetryPolicy::default() };
    let failing = bus.listen().retry(policy).start(move |command| {
        journal.begin(&command.key);
        async { Err(failure("for an hour")) }
    });
    failing.await.unwrap()
}

async fn all_come_in_order(bus: &CommandBus, keys: u32, count: u32) {
    let journal = Journal::default();
    let (keys, all) = (keys as usize, keys as usize * count as usize);
    let listening = listen(bus, &journal, Duration::ZERO).await;
    journal.until_done(all).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(keys, count);
}

/// A closed bus takes nothing, hands out what waits, and then its listeners end.
pub async fn a_closed_bus_hands_out_what_waits_and_ends(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    let journal = Journal::default();
    publish(&bus, &commands(5, 5)).await;
    let listening = listen(&bus, &journal, Duration::from_millis(1)).await;
    bus.close().await.unwrap();
    assert!(matches!(bus.publish(&command("late", 0)).await, Err(BusError::Closed)));
    tokio::time::timeout(PATIENCE, listening.ended()).await.expect("the listener ends by itself");
    assert_eq!(listening.stop().await.unwrap(), Stopped::Drained);
    journal.assert_in_order(5, 5);
}
