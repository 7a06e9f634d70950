//! Checkpoints.

use futures_util::future::join_all;

use crate::{
    message::Position,
    store::{Subscription, SubscriptionStart},
};

use super::{
    fixtures::{must_append, some},
    opened::Opened,
};

pub(super) fn start(name: &'static str, position: Option<Position>) -> SubscriptionStart {
    SubscriptionStart { name, aliases: &[], version: 1, position }
}

pub(super) fn from_start(name: &'static str) -> SubscriptionStart {
    start(name, Some(Position::START))
}

pub(super) async fn a_subscription_begins_where_it_says(store: Opened<'_>) {
    must_append(&*store, some("a", 5)).await;
    let head = store.head().await.unwrap();
    assert_eq!(store.subscription("first").await.unwrap(), None);
    let first = store.subscribe(from_start("first")).await.unwrap();
    let expected = Subscription {
        name: "first".into(),
        version: 1,
        position: Position::START,
        started_at: Position::START,
        epoch: 0,
    };
    assert_eq!(first, expected);
    let now = store.subscribe(start("now", None)).await.unwrap();
    assert_eq!((now.position, now.started_at), (head, head));
    assert_eq!(store.subscription("first").await.unwrap(), Some(first.clone()));
    assert_eq!(store.subscriptions().await.unwrap(), [first, now]);
}

pub(super) async fn a_known_subscription_keeps_its_place(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    assert!(store.advance("a", 0, Position::START, Position::new(7)).await.unwrap());
    let again = SubscriptionStart { version: 2, position: None, ..from_start("a") };
    let found = store.subscribe(again).await.unwrap();
    assert_eq!((found.version, found.position, found.started_at), (1, Position::new(7), Position::START));
}

pub(super) async fn an_alias_hands_its_checkpoint_over(store: Opened<'_>) {
    store.subscribe(from_start("old-name")).await.unwrap();
    assert!(store.advance("old-name", 0, Position::START, Position::new(3)).await.unwrap());
    let renamed = SubscriptionStart { aliases: &["older-name", "old-name"], ..from_start("new-name") };
    for _ in 0..2 {
        let found = store.subscribe(renamed).await.unwrap();
        assert_eq!((found.name.as_str(), found.position), ("new-name", Position::new(3)));
    }
    assert_eq!(store.subscription("old-name").await.unwrap(), None);
    assert_eq!(store.subscriptions().await.unwrap().len(), 1);
}

pub(super) async fn a_checkpoint_moves_by_compare_and_set(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let [zero, one, two] = [0, 1, 2].map(Position::new);
    assert!(!store.advance("unknown", 0, zero, one).await.unwrap());
    assert!(!store.advance("a", 0, one, two).await.unwrap(), "it is not at 1");
    assert!(!store.advance("a", 1, zero, one).await.unwrap(), "its epoch is not 1");
    assert!(store.advance("a", 0, zero, one).await.unwrap());
    assert!(!store.advance("a", 0, zero, two).await.unwrap(), "it is no longer at 0");
    assert_eq!(store.subscription("a").await.unwrap().unwrap().position, one);
}

pub(super) async fn of_many_that_move_a_checkpoint_one_wins(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    for round in 0..10 {
        let (from, to) = (Position::new(round), Position::new(round + 1));
        let tasks = (0..16).map(|_| {
            let store = store.share();
            tokio::spawn(async move { store.advance("a", 0, from, to).await.unwrap() })
        });
        let won = join_all(tasks).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1);
    }
}
