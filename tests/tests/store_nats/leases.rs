//! A lease between processes that compare no clocks.

use std::time::{Duration, Instant};

use cqrs::store::{SubscriptionStart, SubscriptionStore};
use cqrs_tests::nats::{Prefix, server_answers};
use uuid::Uuid;

const LEASE: Duration = Duration::from_millis(400);

#[tokio::test]
async fn another_process_takes_a_lease_after_it_saw_it_silent_for_its_whole_length() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (one, other) = (prefix.store().await, prefix.store().await);
    let start = SubscriptionStart { name: "a", aliases: &[], version: 1, position: None };
    let subscription = one.subscribe(start).await.unwrap();
    let lease = one.acquire_lease("a", Uuid::now_v7(), LEASE).await.unwrap().expect("nobody has the lease");
    let contender = Uuid::now_v7();
    assert_eq!(other.acquire_lease("a", contender, LEASE).await.unwrap(), None);

    // As long as its owner is heard of in time, by renewing or by getting on, it keeps the lease.
    let mut position = subscription.position;
    let kept = Instant::now();
    while kept.elapsed() < LEASE * 3 {
        tokio::time::sleep(LEASE / 4).await;
        assert!(one.renew_lease(&lease, LEASE).await.unwrap());
        tokio::time::sleep(LEASE / 4).await;
        let next = cqrs::Position::new(position.get() + 1);
        assert!(one.advance("a", lease.epoch, position, next).await.unwrap());
        position = next;
        assert_eq!(other.acquire_lease("a", contender, LEASE).await.unwrap(), None);
    }

    // From now on it is silent. Whoever looks for the first time knows nothing of that.
    let third = prefix.store().await;
    let silent = Instant::now();
    let taken = loop {
        match third.acquire_lease("a", contender, LEASE).await.unwrap() {
            Some(taken) => break taken,
            None => tokio::time::sleep(Duration::from_millis(20)).await,
        }
    };
    assert!(silent.elapsed() >= LEASE, "the lease was taken after {:?}", silent.elapsed());
    assert!(taken.epoch > lease.epoch);
    assert!(!one.renew_lease(&lease, LEASE).await.unwrap(), "its owner learns that it has lost it");
    let next = cqrs::Position::new(position.get() + 1);
    assert!(!one.advance("a", lease.epoch, position, next).await.unwrap());
}
