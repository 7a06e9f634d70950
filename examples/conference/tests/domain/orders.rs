//! Orders, and who sits where.

use std::time::Duration;

use conference::{
    OrderId, Price, Seats,
    registration::{
        AssignSeat, AssignmentError, CreateSeatAssignments, Order, SeatAssigned, SeatAssignments,
        SeatAssignmentsCreated, SeatUnassigned, UnassignSeat,
        order::{
            ConfirmOrder, ExpireOrder, MarkSeatsReserved, OrderConfirmed, OrderError, OrderExpired,
            OrderPartlyReserved, OrderPlaced, OrderReserved, OrderUpdated, PlaceOrder, UpdateOrder,
        },
    },
};
use cqrs::{
    Metadata,
    testing::{given, given_nothing},
};

const ORDER: OrderId = OrderId::new(7);

fn placed() -> OrderPlaced {
    let until = "2026-01-01T12:15:00Z".parse().unwrap();
    OrderPlaced { order: ORDER, conference: "x".into(), seats: [("A", 2)].into(), until }
}

fn marked(reservation: u32, seats: Seats) -> MarkSeatsReserved {
    MarkSeatsReserved { order: ORDER, reservation, seats, total: Price::hundredths(2_000) }
}

fn reserved() -> OrderReserved {
    OrderReserved { order: ORDER, seats: [("A", 2)].into(), total: Price::hundredths(2_000) }
}

#[tokio::test]
async fn an_order_holds_its_seats_from_when_it_was_asked_for() {
    let metadata = Metadata { time: "2026-01-01T12:00:00Z".parse().unwrap(), ..Metadata::new() };
    let place =
        |seats| PlaceOrder { order: ORDER, conference: "x".into(), seats, hold: Duration::from_mins(15) };
    let scenario = given_nothing::<Order>().with_metadata(metadata);
    scenario.when(place([("A", 2)].into())).await.then(placed());
    given_nothing::<Order>().when(place(Seats::none())).await.then_rejected(OrderError::NoSeats);
}

#[tokio::test]
async fn an_order_with_all_its_seats_is_reserved_and_one_with_fewer_partly() {
    let outcome = given::<Order>(placed()).when(marked(1, [("A", 2)].into())).await;
    outcome.then(reserved()).then_state(|order| assert_eq!(order.total(), Price::hundredths(2_000)));
    let (seats, total) = (Seats::from([("A", 1)]), Price::hundredths(2_000));
    let outcome = given::<Order>(placed()).when(marked(1, seats.clone())).await;
    outcome.then(OrderPartlyReserved { order: ORDER, seats, total });
    let outcome = given::<Order>(placed()).when(marked(1, Seats::none())).await;
    outcome.then(OrderPartlyReserved { order: ORDER, seats: Seats::none(), total });
}

#[tokio::test]
async fn an_updated_order_waits_for_another_reservation_and_no_more_for_the_first() {
    let updated = OrderUpdated { order: ORDER, seats: [("B", 1)].into(), reservation: 2 };
    let update = UpdateOrder { order: ORDER, seats: [("B", 1)].into() };
    given::<Order>((placed(), reserved())).when(update).await.then(updated.clone());
    given::<Order>((placed(), updated)).when(marked(1, [("A", 2)].into())).await.then_nothing();
    let same = UpdateOrder { order: ORDER, seats: [("A", 2)].into() };
    given::<Order>(placed()).when(same).await.then_nothing();
}

#[tokio::test]
async fn a_confirmed_order_changes_no_more() {
    let confirm = || ConfirmOrder { order: ORDER, seats: [("A", 2)].into() };
    let confirmed = OrderConfirmed { order: ORDER, seats: [("A", 2)].into() };
    given::<Order>((placed(), reserved())).when(confirm()).await.then(confirmed.clone());
    let history = || given::<Order>((placed(), reserved(), confirmed.clone()));
    history().when(confirm()).await.then_rejected(OrderError::Confirmed);
    history().when(ExpireOrder { order: ORDER }).await.then_rejected(OrderError::Confirmed);
}

#[tokio::test]
async fn an_expired_order_is_not_confirmed() {
    let expired = OrderExpired { order: ORDER };
    given::<Order>((placed(), reserved())).when(ExpireOrder { order: ORDER }).await.then(expired.clone());
    let history = || given::<Order>((placed(), reserved(), expired.clone()));
    let confirm = ConfirmOrder { order: ORDER, seats: [("A", 2)].into() };
    history().when(confirm).await.then_rejected(OrderError::Expired);
    history().when(ExpireOrder { order: ORDER }).await.then_nothing();
}

#[tokio::test]
async fn the_seats_of_an_order_are_assigned_one_by_one_and_taken_back() {
    let created = SeatAssignmentsCreated { seats: vec!["A".into(), "A".into(), "B".into()] };
    let create = CreateSeatAssignments { order: ORDER, seats: [("A", 2), ("B", 1)].into() };
    given_nothing::<SeatAssignments>().when(create).await.then(created.clone());
    let assign = |seat| AssignSeat { order: ORDER, seat, attendee: "Alice".to_owned() };
    let assigned = SeatAssigned { seat: 2, attendee: "Alice".to_owned() };
    let history = || given::<SeatAssignments>(created.clone());
    history().when(assign(2)).await.then(assigned.clone());
    history().when(assign(3)).await.then_rejected(AssignmentError::NoSuchSeat(3));
    history().when(UnassignSeat { order: ORDER, seat: 2 }).await.then_nothing();
    let history = || given::<SeatAssignments>((created.clone(), assigned.clone()));
    history().when(assign(2)).await.then_nothing();
    history().when(UnassignSeat { order: ORDER, seat: 2 }).await.then(SeatUnassigned { seat: 2 });
}
