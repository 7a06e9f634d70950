//! At least once, and never too much at a time.

use super::{
    Buses,
    tools::{
        Journal, MOMENT, PATIENCE, assert_nothing, command, commands, consumer, next, number, number_of,
        publish,
    },
};

/// A delivery that is dropped comes again, before later messages of its key.
pub async fn a_dropped_delivery_comes_again_in_its_place(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &commands(1, 3)).await;
    let mut consumer = consumer(&bus, 1).await;
    let first = next(&mut *consumer).await;
    assert_eq!((number_of(&first), first.redeliveries()), (0, 0));
    drop(first);
    let again = next(&mut *consumer).await;
    assert_eq!(number_of(&again), 0, "the dropped message comes before later ones of its key");
    assert!(again.redeliveries() >= 1, "the bus says that it handed the message out before");
    again.acknowledge().await.unwrap();
    assert_eq!(number_of(&next(&mut *consumer).await), 1);
}

/// A consumer that goes away without acknowledging gives back all it has, in order, to the next one.
pub async fn a_dropped_consumer_gives_everything_back(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &commands(1, 4)).await;
    let mut lost = consumer(&bus, 10).await;
    next(&mut *lost).await.acknowledge().await.unwrap();
    let held = [next(&mut *lost).await, next(&mut *lost).await];
    drop(lost);
    let mut successor = consumer(&bus, 10).await;
    for expected in 1..4 {
        let delivery = next(&mut *successor).await;
        assert_eq!(number_of(&delivery), expected);
        delivery.acknowledge().await.unwrap();
    }
    drop(held);
    assert_nothing(&mut *successor).await;
}

/// A command that nobody listens for waits.
pub async fn commands_wait_until_somebody_listens(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &commands(5, 5)).await;
    let journal = Journal::default();
    let seen = journal.clone();
    let listening = bus.listen().start(move |command| {
        let seen = seen.clone();
        async move {
            seen.finish(&command.key, number(&command));
            Ok(())
        }
    });
    let listening = listening.await.unwrap();
    journal.until_done(25).await;
    listening.stop().await.unwrap();
    journal.assert_in_order(5, 5);
}

/// A consumer gets no more than its prefetch until it settles something.
pub async fn no_more_than_the_prefetch_is_handed_out(buses: &impl Buses) {
    let bus = buses.command_bus().await;
    publish(&bus, &commands(3, 1)).await;
    let mut consumer = consumer(&bus, 2).await;
    let first = next(&mut *consumer).await;
    let _second = next(&mut *consumer).await;
    assert_nothing(&mut *consumer).await;
    first.acknowledge().await.unwrap();
    let _third = next(&mut *consumer).await;
}

/// A publish to a full bus waits until something leaves it. A bus without a bound has nothing to check.
pub async fn a_full_bus_makes_publishers_wait(buses: &impl Buses) {
    let Some(capacity) = buses.capacity() else { return };
    let bus = buses.command_bus().await;
    for index in 0..capacity {
        bus.publish(&command(&format!("key-{index}"), 0)).await.unwrap();
    }
    let last = command("last", 0);
    let mut waiting = Box::pin(bus.publish(&last));
    let early = tokio::time::timeout(MOMENT, &mut waiting).await;
    assert!(early.is_err(), "a full bus took a message");
    let mut consumer = consumer(&bus, 1).await;
    next(&mut *consumer).await.acknowledge().await.unwrap();
    tokio::time::timeout(PATIENCE, waiting).await.expect("there is room").unwrap();
}
