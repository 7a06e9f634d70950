//! Concurrent appends do not harm each other.

use futures_util::future::join_all;

use crate::{
    event::Payload,
    message::CommandId,
    store::{Append, Appended, Expected, StoreError},
};

use super::{
    fixtures::{all, answering, append, claim, must_append, some, stream, write},
    opened::Opened,
};

/// All at once, from tasks of their own.
pub(super) async fn together(store: &Opened<'_>, appends: Vec<Append>) -> Vec<Result<Appended, StoreError>> {
    let tasks = appends.into_iter().map(|append| {
        let store = store.share();
        tokio::spawn(async move { store.append(append).await })
    });
    let outcomes = join_all(tasks).await;
    outcomes.into_iter().map(|outcome| outcome.expect("an append should not panic")).collect()
}

pub(super) async fn neighbours_of_bad_appends_are_unharmed(store: Opened<'_>) {
    let known = claim(CommandId::generate(), "{}");
    must_append(&*store, answering(some("known", 1), &known)).await;
    for round in 0..20 {
        let good = |index: usize| append(vec![write(&format!("{round}-{index}"), Expected::NoStream, 2)]);
        let mut appends: Vec<_> = (0..24).map(good).collect();
        appends.insert(5, append(vec![write("known", Expected::NoStream, 1)]));
        appends.insert(11, answering(some("double", 1), &known));
        appends.insert(17, giant());
        let outcomes = together(&store, appends).await;
        for (index, outcome) in outcomes.iter().enumerate() {
            match (index, outcome) {
                (5, Err(StoreError::Conflict { .. }))
                | (11, Err(StoreError::AlreadyHandled(_)))
                | (17, Err(StoreError::TooLarge { .. }) | Ok(_)) => {}
                (5 | 11 | 17, other) => panic!("append {index} should have been refused: {other:?}"),
                (_, outcome) => drop(outcome.as_ref().expect("a good append should be stored")),
            }
        }
    }
    let events = all(&*store).await;
    let of_good = events.iter().filter(|event| event.envelope.stream.key().contains('-')).count();
    assert_eq!(of_good, 20 * 24 * 2);
    assert!(events.iter().all(|event| event.envelope.stream != stream("double")));
}

/// Larger than many stores take.
fn giant() -> Append {
    let mut append = some("giant", 1);
    append.writes[0].events[0].payload = Payload::from_json(format!("\"{}\"", "x".repeat(17 << 20)));
    append
}

pub(super) async fn of_equal_expectations_one_wins(store: Opened<'_>) {
    for round in 0..20 {
        let same = || append(vec![write(&round.to_string(), Expected::NoStream, 1)]);
        let outcomes = together(&store, (0..16).map(|_| same()).collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes {
            assert!(matches!(outcome, Ok(_) | Err(StoreError::Conflict { .. })), "{outcome:?}");
        }
    }
    assert_eq!(all(&*store).await.len(), 20);
}

pub(super) async fn of_equal_commands_one_is_written(store: Opened<'_>) {
    one_is_written(store, |round, _| round.to_string()).await;
}

pub(super) async fn of_equal_commands_for_different_streams_one_is_written(store: Opened<'_>) {
    one_is_written(store, |round, index| format!("{round}-{index}")).await;
}

/// Of sixteen appends that claim one command, each for the stream of a key.
async fn one_is_written(store: Opened<'_>, key: impl Fn(usize, usize) -> String) {
    for round in 0..20 {
        let claim = claim(CommandId::generate(), "{}");
        let appends = (0..16).map(|index| answering(some(&key(round, index), 1), &claim));
        let outcomes = together(&store, appends.collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes {
            assert!(matches!(outcome, Ok(_) | Err(StoreError::AlreadyHandled(_))), "{outcome:?}");
        }
    }
    assert_eq!(all(&*store).await.len(), 20);
}
