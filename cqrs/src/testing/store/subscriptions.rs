//! Checkpoints.

use std::time::Duration;

use futures_util::future::join_all;
use uuid::Uuid;

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterKey, DeadLetterState, Subscription, SubscriptionStart},
};

use super::{
    dead_letters::letter,
    fixtures::{must_append, some},
    opened::Opened,
    same::assert_same,
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
        done_above: Vec::new(),
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

/// With its letters and its lease: whoever ran it under the former name runs nothing any more.
pub(super) async fn an_alias_hands_its_letters_and_its_lease_over(store: Opened<'_>) {
    const LONG: Duration = Duration::from_mins(1);
    store.subscribe(from_start("mailer")).await.unwrap();
    let owner = Uuid::now_v7();
    let lease = store.acquire_lease("mailer", owner, LONG).await.unwrap().expect("nobody has the lease");
    let letters = [letter("a", 1, DeadLetterState::Failed), letter("a", 2, DeadLetterState::Queued)];
    for letter in &letters {
        store.park(letter.clone()).await.unwrap();
    }
    let renamed = SubscriptionStart { aliases: &["mailer"], ..from_start("postman") };
    assert_eq!(store.subscribe(renamed).await.unwrap().epoch, lease.epoch);
    assert_eq!(store.dead_letters("mailer").await.unwrap(), []);
    let renamed = letters.map(|letter| DeadLetter {
        key: DeadLetterKey { handler: "postman".into(), ..letter.key },
        ..letter
    });
    assert_same(&store.dead_letters("postman").await.unwrap(), &renamed, "letters under the new name");
    assert!(!store.renew_lease(&lease, LONG).await.unwrap(), "the former name is not known any more");
    assert_eq!(store.acquire_lease("postman", Uuid::now_v7(), LONG).await.unwrap(), None);
    let again = store.acquire_lease("postman", owner, LONG).await.unwrap().expect("it is its own");
    assert_eq!(again.epoch, lease.epoch + 1);
}

pub(super) async fn a_checkpoint_may_go_back(store: Opened<'_>) {
    store.subscribe(from_start("a")).await.unwrap();
    let [zero, three, seven] = [0, 3, 7].map(Position::new);
    assert!(store.advance("a", 0, zero, seven).await.unwrap());
    assert!(!store.advance("a", 0, three, zero).await.unwrap(), "it is not at 3");
    assert!(store.advance("a", 0, seven, three).await.unwrap());
    assert_eq!(store.subscription("a").await.unwrap().unwrap().position, three);
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
