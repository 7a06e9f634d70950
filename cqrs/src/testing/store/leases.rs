//! Leases.

use std::time::Duration;

use uuid::Uuid;

use crate::{message::Position, store::Lease};

use super::{opened::Opened, subscriptions::from_start};

const LONG: Duration = Duration::from_mins(1);
const SHORT: Duration = Duration::from_millis(1);

pub(super) async fn a_lease_has_one_owner(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let [one, other] = [Uuid::now_v7(), Uuid::now_v7()];
    let lease = store.acquire_lease("a", one, LONG).await.unwrap().expect("nobody has the lease");
    assert_eq!((lease.name.as_str(), lease.owner, lease.epoch), ("a", one, 1));
    assert_eq!(store.acquire_lease("a", other, LONG).await.unwrap(), None);
    assert!(store.renew_lease(&lease, LONG).await.unwrap());
    assert_eq!(store.subscription("a").await.unwrap().unwrap().epoch, 1);
    let again = store.acquire_lease("a", one, LONG).await.unwrap().expect("its owner may take it again");
    assert!(again.epoch > lease.epoch);
    assert!(!store.renew_lease(&lease, LONG).await.unwrap(), "the first lease was replaced");
}

pub(super) async fn a_lease_that_ran_out_can_be_taken(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let lost = store.acquire_lease("a", Uuid::now_v7(), SHORT).await.unwrap().expect("nobody has the lease");
    tokio::time::sleep(Duration::from_millis(30)).await;
    let taken = store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap().expect("the lease ran out");
    assert!(taken.epoch > lost.epoch);
    assert!(!store.renew_lease(&lost, LONG).await.unwrap());
    store.release_lease(&lost).await.unwrap();
    assert!(store.renew_lease(&taken, LONG).await.unwrap(), "who lost a lease cannot give it back");
}

pub(super) async fn a_lease_given_back_can_be_taken(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let lease = store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap().expect("nobody has the lease");
    store.release_lease(&lease).await.unwrap();
    assert!(!store.renew_lease(&lease, LONG).await.unwrap(), "it was given back");
    let taken = store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap().expect("it was given back");
    assert!(taken.epoch > lease.epoch);
}

pub(super) async fn an_owner_that_slept_moves_no_checkpoint(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let slept = store.acquire_lease("a", Uuid::now_v7(), SHORT).await.unwrap().expect("nobody has the lease");
    tokio::time::sleep(Duration::from_millis(30)).await;
    let present = store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap().expect("the lease ran out");
    let (from, to) = (Position::START, Position::new(1));
    assert!(!store.advance("a", slept.epoch, from, to).await.unwrap());
    assert!(store.advance("a", present.epoch, from, to).await.unwrap());
}

/// The name of the owner counts, not only the number of the epoch.
pub(super) async fn only_its_owner_keeps_a_lease(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let owner = Uuid::now_v7();
    let lease = store.acquire_lease("a", owner, LONG).await.unwrap().expect("nobody has the lease");
    let others = [
        Lease { owner: Uuid::now_v7(), ..lease.clone() },
        Lease { epoch: lease.epoch - 1, ..lease.clone() },
        Lease { epoch: lease.epoch + 1, ..lease.clone() },
        Lease { name: "b".into(), ..lease.clone() },
    ];
    for other in others {
        assert!(!store.renew_lease(&other, LONG).await.unwrap(), "{other:?} was renewed, not {lease:?}");
        store.release_lease(&other).await.unwrap();
    }
    assert_eq!(store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap(), None, "somebody gave it back");
    assert!(store.renew_lease(&lease, LONG).await.unwrap());
}

pub(super) async fn a_lease_that_ran_out_and_nobody_took_is_renewed(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let lease = store.acquire_lease("a", Uuid::now_v7(), SHORT).await.unwrap().expect("nobody has the lease");
    tokio::time::sleep(Duration::from_millis(30)).await;
    assert!(store.advance("a", lease.epoch, Position::START, Position::new(1)).await.unwrap());
    assert!(store.renew_lease(&lease, LONG).await.unwrap());
    assert_eq!(store.acquire_lease("a", Uuid::now_v7(), LONG).await.unwrap(), None, "it was renewed");
}

pub(super) async fn a_lease_may_last_for_ever(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let lease = store.acquire_lease("a", Uuid::now_v7(), Duration::MAX).await.unwrap();
    let lease = lease.expect("nobody has the lease");
    assert!(store.renew_lease(&lease, Duration::MAX).await.unwrap());
    assert_eq!(store.acquire_lease("a", Uuid::now_v7(), Duration::MAX).await.unwrap(), None);
}

pub(super) async fn what_is_not_known_has_no_lease(store: Opened<'_>) {
    let owner = Uuid::now_v7();
    assert_eq!(store.acquire_lease("unknown", owner, LONG).await.unwrap(), None);
    let lease = Lease { name: "unknown".into(), owner, epoch: 0 };
    assert!(!store.renew_lease(&lease, LONG).await.unwrap());
    store.release_lease(&lease).await.unwrap();
    assert_eq!(store.subscriptions().await.unwrap(), []);
}
