use super::*;

fn cache() -> Arc<AggregateCache<u8>> {
    Arc::new(AggregateCache::new(2))
}

fn busy(cache: &AggregateCache<u8>) -> usize {
    cache.slots().by_key.values().filter(|slot| matches!(slot, Slot::Busy(_))).count()
}

#[tokio::test]
async fn those_who_wait_get_their_turn_in_order() {
    let cache = cache();
    let key = SmolStr::new("a");
    let first = cache.acquire(&key, "wait").await;
    let order = Arc::new(Mutex::new(Vec::new()));
    let mut waiting = Vec::new();
    for number in 0..3 {
        let (cache, key, order) = (Arc::clone(&cache), key.clone(), Arc::clone(&order));
        waiting.push(tokio::spawn(async move {
            let _permit = cache.acquire(&key, "wait").await;
            order.lock().unwrap().push(number);
        }));
        tokio::task::yield_now().await;
    }
    drop(first);
    for each in waiting {
        each.await.unwrap();
    }
    assert_eq!(*order.lock().unwrap(), [0, 1, 2]);
    assert_eq!(busy(&cache), 0);
}

#[tokio::test]
async fn one_who_stops_waiting_hands_its_turn_on() {
    let cache = cache();
    let key = SmolStr::new("a");
    let first = cache.acquire(&key, "wait").await;
    let mut gone = Box::pin(cache.acquire(&key, "wait"));
    assert!(futures_util::poll!(&mut gone).is_pending());
    let mut stays = Box::pin(cache.acquire(&key, "wait"));
    assert!(futures_util::poll!(&mut stays).is_pending());
    drop(first);
    // `gone` was handed the permit and never looked at it.
    drop(gone);
    drop(stays.await);
    assert_eq!(busy(&cache), 0);
}

#[tokio::test]
async fn a_state_that_was_taken_is_gone_until_it_is_given_back() {
    let cache = cache();
    let key = SmolStr::new("a");
    let mut permit = cache.acquire(&key, "wait").await;
    permit.keep(loaded());
    assert!(permit.take().is_some());
    assert!(permit.take().is_none());
}

#[tokio::test]
async fn a_state_given_back_goes_to_the_next_that_waits_and_one_not_given_back_to_nobody() {
    let cache = cache();
    let key = SmolStr::new("a");
    let first = cache.acquire(&key, "wait").await;
    let mut gone = Box::pin(cache.acquire(&key, "wait"));
    assert!(futures_util::poll!(&mut gone).is_pending());
    let mut stays = Box::pin(cache.acquire(&key, "wait"));
    assert!(futures_util::poll!(&mut stays).is_pending());
    first.keep(loaded());
    drop(first);
    drop(gone);
    let mut second = stays.await;
    assert!(second.take().is_some());
    drop(second);
    assert!(cache.acquire(&key, "wait").await.take().is_none());
}

#[tokio::test]
async fn the_cache_is_bounded() {
    let cache = cache();
    for key in ["a", "b", "c"] {
        cache.acquire(&SmolStr::new(key), "wait").await.keep(loaded());
    }
    assert!(cache.acquire(&SmolStr::new("a"), "wait").await.take().is_none());
    assert!(cache.acquire(&SmolStr::new("c"), "wait").await.take().is_some());
}

fn loaded() -> Loaded<u8> {
    Loaded {
        state: crate::handler::Lifecycle::Live(1),
        version: crate::Version::new(1),
        snapshot: crate::Version::NONE,
        folded: 1,
    }
}
