//! Everybody asks at once, and exactly the seats there are are sold.

use std::collections::BTreeSet;

use conference::{
    OrderId, Seats,
    registration::{SeatAssignmentsCreated, order::Standing},
};
use cqrs::event::Event;

use crate::world::{World, selling};

/// Pays what can be paid.
async fn all_pay(world: &World, orders: std::ops::Range<u32>) {
    for order in orders.map(OrderId::new) {
        if world.order(order).await.standing() == Standing::Reserved {
            world.pay(order).await;
        }
    }
}

/// How many seats there are to sit on, in orders that each have them once.
async fn seats_assigned(world: &World) -> usize {
    let (mut seats, mut orders) = (0, BTreeSet::new());
    for event in world.app.history().all().collect().await.unwrap() {
        if SeatAssignmentsCreated::KINDS.find(&event.envelope.name).is_some() {
            let created: SeatAssignmentsCreated = event.decode().unwrap();
            seats += created.seats.len();
            assert!(orders.insert(event.envelope.stream.clone()), "twice: {event:?}");
        }
    }
    seats
}

#[tokio::test]
async fn of_200_who_ask_for_2_seats_each_of_200_exactly_100_get_them_and_100_get_none() {
    let world = selling(&[("A", 200)].into()).await;
    let two = Seats::from([("A", 2)]);
    world.all_place(1..201, &two).await;
    assert_eq!(world.count(Standing::Reserved, &two), 100);
    assert_eq!(world.count(Standing::PartlyReserved, &Seats::none()), 100);
    all_pay(&world, 1..201).await;
    assert_eq!(world.count(Standing::Confirmed, &two), 100);
    assert_eq!(world.count(Standing::PartlyReserved, &Seats::none()), 100);
    assert_eq!((seats_assigned(&world).await, world.left("A").await), (200, 0));
    world.nobody_failed().await;
}

#[tokio::test]
async fn of_200_who_ask_for_one_of_each_of_50_and_150_exactly_50_get_both_and_100_the_other() {
    let world = selling(&[("A", 50), ("B", 150)].into()).await;
    let (both, other) = (Seats::from([("A", 1), ("B", 1)]), Seats::from([("B", 1)]));
    world.all_place(1..201, &both).await;
    assert_eq!(world.count(Standing::Reserved, &both), 50);
    assert_eq!(world.count(Standing::PartlyReserved, &other), 100);
    assert_eq!(world.count(Standing::PartlyReserved, &Seats::none()), 50);
    all_pay(&world, 1..201).await;
    assert_eq!(world.count(Standing::Confirmed, &both), 50);
    assert_eq!(seats_assigned(&world).await, 100);
    assert_eq!((world.left("A").await, world.left("B").await), (0, 0));
    world.nobody_failed().await;
}
