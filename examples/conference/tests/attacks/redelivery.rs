//! What comes again.

use std::{sync::Arc, time::Duration};

use conference::registration::{Registration, order::OrderPlaced};
use cqrs::{
    EventId, Metadata, StreamId,
    event::Event,
    prelude::*,
    process::{Standing, Was},
    store::{Append, Expected, NewEvent, Store, StreamWrite},
};

use crate::{
    checker::check,
    world::{ORDER, World},
};

/// Order 7 is placed again, by an event of another stream and another id, as of an import.
async fn place_again(store: &dyn Store) {
    let until = "2026-01-01T12:15:00Z".parse().unwrap();
    let placed = OrderPlaced { order: ORDER, conference: "rust".into(), seats: [("A", 2)].into(), until };
    let event = NewEvent {
        id: EventId::generate(),
        name: placed.kind().name.into(),
        schema_version: 1,
        payload: placed.encode().unwrap(),
        tags: Vec::new(),
    };
    let stream = StreamId::new("imported", "7");
    let writes = vec![StreamWrite { stream, expected: Expected::Any, events: vec![event] }];
    store.append(Append { writes, command: None, metadata: Metadata::new() }).await.unwrap();
}

async fn steps(world: &World) -> usize {
    let past = world.app.process::<Registration>().history(&ORDER).await.unwrap();
    past.iter().filter(|past| matches!(past.was, Was::Step(_))).count()
}

#[tokio::test]
async fn a_redelivered_order_starts_no_second_process_before_the_first_has_ended_and_after_it() {
    let store: Arc<dyn Store> = Arc::new(MemoryStore::new());
    let world = World::to_be_paid(&store).await;
    place_again(&*store).await;
    world.pass(Duration::ZERO).await;
    assert_eq!(steps(&world).await, 2, "placed, reserved");
    world.pay().await;
    world.pass(Duration::ZERO).await;
    assert_eq!(steps(&world).await, 4, "paid, confirmed");
    place_again(&*store).await;
    world.pass(Duration::from_hours(48)).await;
    assert_eq!(steps(&world).await, 4);
    assert_eq!(world.app.process::<Registration>().state(&ORDER).await.unwrap(), Standing::Ended);
    let told = check(&*store).await;
    assert_eq!(told.count("rust", "confirmed"), (1, 2));
    assert!(told.processes.are_settled() && told.processes.timers == 0, "{told:?}");
}
