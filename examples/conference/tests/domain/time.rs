//! What happens by itself, on a clock that the test moves.

use std::time::{Duration, Instant};

use conference::{
    OrderId, Seats,
    payments::{Payment, Standing as Paid},
    registration::{
        Order, Registration,
        order::{Standing, UpdateOrder},
    },
};
use cqrs::process::Standing as Process;

use crate::world::{HOLD, World, place, selling};

const ALICE: OrderId = OrderId::new(1);
const BOB: OrderId = OrderId::new(2);
const SECOND: Duration = Duration::from_secs(1);
/// A second less than the seats are held.
const ALMOST: Duration = HOLD.saturating_sub(SECOND);

fn four() -> Seats {
    [("A", 4)].into()
}

async fn paid(world: &World, order: OrderId) -> Paid {
    world.app.repository::<Payment>().load(&order).await.unwrap().state().unwrap().standing()
}

async fn is_over(world: &World, order: OrderId) -> bool {
    matches!(world.app.process::<Registration>().state(&order).await.unwrap(), Process::Ended)
}

#[tokio::test]
async fn fifteen_minutes_pass_in_no_time_and_the_seats_go_back() {
    let started = Instant::now();
    let world = selling(&four()).await;
    world.place(ALICE, four()).await;
    world.pass(ALMOST).await;
    assert_eq!((world.order(ALICE).await.standing(), world.left("A").await), (Standing::Reserved, 0));
    world.pass(SECOND).await;
    assert_eq!((world.order(ALICE).await.standing(), world.left("A").await), (Standing::Expired, 4));
    world.place(BOB, four()).await;
    assert_eq!(world.order(BOB).await.standing(), Standing::Reserved);
    assert!(started.elapsed() < HOLD / 10, "{:?}", started.elapsed());
    world.nobody_failed().await;
}

#[tokio::test]
async fn an_order_that_is_paid_in_time_keeps_its_seats() {
    let world = selling(&four()).await;
    world.place(ALICE, [("A", 2)].into()).await;
    world.pay(ALICE).await;
    world.pass(2 * HOLD).await;
    assert_eq!((world.order(ALICE).await.standing(), world.left("A").await), (Standing::Confirmed, 2));
    assert!(is_over(&world, ALICE).await);
    world.nobody_failed().await;
}

#[tokio::test]
async fn a_payment_after_expiry_is_completed_the_order_is_not_confirmed_and_a_refund_is_asked_for() {
    let world = selling(&four()).await;
    world.place(ALICE, four()).await;
    world.pass(HOLD).await;
    world.pay(ALICE).await;
    let history = world.app.history().stream(<Payment as cqrs::Aggregate>::stream(&ALICE)).collect().await;
    let history: Vec<_> = history.unwrap().iter().map(|event| event.envelope.name.to_string()).collect();
    assert_eq!(history, ["payment-initiated", "payment-completed", "refund-requested"]);
    assert_eq!(paid(&world, ALICE).await, Paid::RefundRequested);
    assert_eq!((world.order(ALICE).await.standing(), world.left("A").await), (Standing::Expired, 4));
    world.pass(Duration::from_hours(24)).await;
    assert!(is_over(&world, ALICE).await);
    world.nobody_failed().await;
}

#[tokio::test]
async fn an_order_whose_time_is_over_when_it_arrives_is_rejected_and_takes_no_seats() {
    let world = selling(&four()).await;
    world.app.dispatch(place(ALICE, four(), Duration::ZERO)).await.unwrap();
    world.settle().await;
    assert_eq!((world.order(ALICE).await.standing(), world.left("A").await), (Standing::Expired, 4));
    let stream = <Order as cqrs::Aggregate>::stream(&ALICE);
    let events = world.app.history().stream(stream).collect().await.unwrap();
    let names: Vec<_> = events.iter().map(|event| event.envelope.name.as_str()).collect();
    assert_eq!(names, ["order-placed", "order-expired"]);
    world.nobody_failed().await;
}

#[tokio::test]
async fn an_updated_order_gets_what_there_is_and_what_it_no_longer_wants_goes_back() {
    let world = selling(&[("A", 4), ("B", 2)].into()).await;
    world.place(ALICE, four()).await;
    world.place(BOB, [("A", 1)].into()).await;
    assert_eq!(world.order(BOB).await.standing(), Standing::PartlyReserved);
    for (seats, a, b) in [([("A", 1), ("B", 2)].into(), 3, 0), ([("B", 1)].into(), 4, 1)] {
        world.app.dispatch(UpdateOrder { order: ALICE, seats }).await.unwrap();
        world.settle().await;
        assert_eq!((world.left("A").await, world.left("B").await), (a, b));
    }
    world.app.dispatch(UpdateOrder { order: BOB, seats: [("A", 5)].into() }).await.unwrap();
    world.settle().await;
    assert_eq!(*world.order(BOB).await.reserved(), four());
    world.nobody_failed().await;
}
