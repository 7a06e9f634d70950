//! Dead letters.

use crate::{
    Timestamp,
    message::{Position, Version},
    store::{DeadLetter, DeadLetterKey, DeadLetterQuery, DeadLetterState, LetterQueue},
};

use super::{fixtures::stream, opened::Opened, same::assert_same};

pub(super) fn key(of: &str, position: u64) -> DeadLetterKey {
    DeadLetterKey { handler: "mailer".into(), stream: stream(of), position: Position::new(position) }
}

pub(super) fn letter(of: &str, position: u64, state: DeadLetterState) -> DeadLetter {
    let failed = state == DeadLetterState::Failed;
    DeadLetter {
        key: key(of, position),
        version: Version::new(position),
        state,
        attempts: if failed { 5 } else { 0 },
        error: if failed { "no route to host".into() } else { String::new() },
        time: Timestamp::now(),
        retry_at: None,
        queue: LetterQueue::Letters,
    }
}

async fn places(store: &Opened<'_>, handler: &str) -> Vec<(String, u64)> {
    let letters = store.dead_letters(handler).await.unwrap();
    letters.iter().map(|letter| (letter.key.stream.key().to_owned(), letter.key.position.get())).collect()
}

pub(super) async fn states(store: &Opened<'_>) -> Vec<DeadLetterState> {
    store.dead_letters("mailer").await.unwrap().iter().map(|letter| letter.state).collect()
}

pub(super) async fn dead_letters_stand_by_stream_and_position(store: Opened<'_>) {
    assert_eq!(places(&store, "mailer").await, []);
    for (of, position) in [("b", 2), ("a", 10), ("a", 9), ("b", 1)] {
        store.park(letter(of, position, DeadLetterState::Failed)).await.unwrap();
    }
    let expected = [("a", 9), ("a", 10), ("b", 1), ("b", 2)].map(|(of, position)| (of.to_owned(), position));
    assert_eq!(places(&store, "mailer").await, expected);
    assert_eq!(places(&store, "other").await, []);
    let whole = letter("c", 1, DeadLetterState::Failed);
    store.park(whole.clone()).await.unwrap();
    assert_eq!(store.dead_letters("mailer").await.unwrap().last(), Some(&whole));
}

pub(super) async fn dead_letters_are_read_by_state_and_in_pages(store: Opened<'_>) {
    use DeadLetterState::{Failed, Queued};
    let letters = [
        ("b", 2, Failed),
        ("a", 9, Failed),
        ("a", 10, Queued),
        ("b", 3, Queued),
        ("", 7, Failed),
        ("ab", 1, Failed),
    ];
    for (of, position, state) in letters {
        store.park(letter(of, position, state)).await.unwrap();
    }
    store.retry_dead_letter(&key("b", 2)).await.unwrap();
    for (state, expected) in [
        (None, &[7, 9, 10, 1, 2, 3][..]),
        (Some(Failed), &[7, 9, 1]),
        (Some(Queued), &[10, 3]),
        (Some(DeadLetterState::Retrying), &[2]),
    ] {
        for limit in [1, 2, 100] {
            let mut query = DeadLetterQuery { state, ..DeadLetterQuery::of("mailer") };
            let mut found = Vec::new();
            loop {
                let page = store.dead_letter_page(&query, limit).await.unwrap();
                assert!(page.len() <= limit);
                let Some(last) = page.last() else { break };
                query = query.after(last);
                found.extend(page.iter().map(|letter| letter.key.position.get()));
            }
            assert_eq!(found, expected, "{state:?}, {limit} a page");
        }
    }
    assert!(store.dead_letter_page(&DeadLetterQuery::of("other"), 10).await.unwrap().is_empty());
}

pub(super) async fn a_letter_with_nothing_before_it_is_up_at_once(store: Opened<'_>) {
    use DeadLetterState::{Queued, Retrying};
    store.park(letter("a", 1, Queued)).await.unwrap();
    store.park(letter("a", 2, Queued)).await.unwrap();
    store.park(letter("b", 3, Queued)).await.unwrap();
    assert_eq!(states(&store).await, [Retrying, Queued, Retrying]);
}

pub(super) async fn a_letter_that_is_there_stays(store: Opened<'_>) {
    let first = letter("a", 1, DeadLetterState::Queued);
    store.park(first.clone()).await.unwrap();
    let later = first.time + jiff::SignedDuration::from_hours(1);
    let failed = letter("a", 1, DeadLetterState::Failed);
    let failed = DeadLetter { attempts: 9, error: "again".into(), time: later, ..failed };
    store.park(failed.clone()).await.unwrap();
    for state in [DeadLetterState::Queued, DeadLetterState::Retrying] {
        store.park(DeadLetter { time: later, ..letter("a", 1, state) }).await.unwrap();
    }
    let expected = DeadLetter { time: first.time, ..failed };
    assert_same(
        &store.dead_letters("mailer").await.unwrap(),
        &[expected],
        "what failed again, put here once",
    );
}

pub(super) async fn a_letter_can_be_retried(store: Opened<'_>) {
    store.park(letter("a", 1, DeadLetterState::Failed)).await.unwrap();
    assert!(store.retry_dead_letter(&key("a", 1)).await.unwrap());
    assert!(!store.retry_dead_letter(&key("a", 2)).await.unwrap());
    assert_eq!(states(&store).await, [DeadLetterState::Retrying]);
}

pub(super) async fn the_next_letter_follows_a_removed_one(store: Opened<'_>) {
    use DeadLetterState::{Failed, Queued, Retrying};
    for (of, position, state) in [("a", 1, Failed), ("a", 2, Queued), ("a", 3, Queued), ("b", 4, Failed)] {
        store.park(letter(of, position, state)).await.unwrap();
    }
    assert!(!store.remove_dead_letter(&key("a", 9)).await.unwrap());
    assert_eq!(states(&store).await, [Failed, Queued, Queued, Failed]);
    assert!(store.remove_dead_letter(&key("a", 1)).await.unwrap());
    assert_eq!(states(&store).await, [Retrying, Queued, Failed]);
    assert!(store.remove_dead_letter(&key("a", 2)).await.unwrap());
    assert!(store.remove_dead_letter(&key("a", 3)).await.unwrap());
    assert_eq!(states(&store).await, [Failed], "another stream is not concerned");
}

/// What is removed in the middle frees nobody: the letter behind it still waits for the first.
pub(super) async fn removing_in_the_middle_frees_no_letter(store: Opened<'_>) {
    use DeadLetterState::{Failed, Queued, Retrying};
    for (position, state) in [(1, Failed), (2, Queued), (3, Queued), (4, Queued)] {
        store.park(letter("a", position, state)).await.unwrap();
    }
    assert!(store.remove_dead_letter(&key("a", 2)).await.unwrap());
    assert!(!store.remove_dead_letter(&key("a", 2)).await.unwrap());
    assert_eq!(states(&store).await, [Failed, Queued, Queued]);
    assert!(store.remove_dead_letter(&key("a", 4)).await.unwrap());
    assert_eq!(states(&store).await, [Failed, Queued]);
    assert!(store.remove_dead_letter(&key("a", 1)).await.unwrap());
    assert_eq!(states(&store).await, [Retrying]);
    assert_eq!(store.count_dead_letters("mailer").await.unwrap(), 1);
}

/// Each handler has its own, also of one event.
pub(super) async fn handlers_have_letters_of_their_own(store: Opened<'_>) {
    let handlers = ["mailer", "mail", "mailer/0", "Mailer", "mailer%"];
    for handler in handlers {
        let letter = letter("a", 1, DeadLetterState::Failed);
        store
            .park(DeadLetter { key: DeadLetterKey { handler: handler.into(), ..letter.key }, ..letter })
            .await
            .unwrap();
    }
    for handler in handlers {
        let found = store.dead_letters(handler).await.unwrap();
        let found: Vec<_> = found.iter().map(|letter| letter.key.handler.as_str()).collect();
        assert_eq!(found, [handler]);
        assert_eq!(store.count_dead_letters(handler).await.unwrap(), 1);
    }
    assert!(store.remove_dead_letter(&key("a", 1)).await.unwrap());
    assert_eq!(store.count_dead_letters("mail").await.unwrap(), 1);
    assert_eq!(store.count_dead_letters("mailer").await.unwrap(), 0);
}
