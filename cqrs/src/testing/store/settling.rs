//! Letters that change with the checkpoint: those of event handlers.

use crate::{
    message::Position,
    store::{DeadLetter, DeadLetterQuery, DeadLetterState, LetterChange, LetterQueue, Settlement},
};

use super::{
    dead_letters::{key, letter, states},
    opened::Opened,
    same::assert_same,
    subscriptions::from_start,
};

/// A letter of an event handler: what waits behind it is nowhere but in the log.
fn before_the_log(of: &str, position: u64, state: DeadLetterState) -> DeadLetter {
    let retry_at = (state == DeadLetterState::Waiting).then(|| letter(of, position, state).time);
    DeadLetter { state, retry_at, queue: LetterQueue::Log, ..letter(of, position, DeadLetterState::Failed) }
}

pub(super) async fn letters_change_with_the_checkpoint(store: Opened<'_>) {
    use DeadLetterState::{Failed, Resuming, Waiting};
    let [zero, seven, nine] = [0, 7, 9].map(Position::new);
    store.subscribe(from_start("mailer")).await.unwrap();
    let waiting = before_the_log("a", 3, Waiting);
    let (done_above, letters) = (vec![nine], vec![LetterChange::Keep(waiting.clone())]);
    let first = Settlement { done_above, letters, ..Settlement::new("mailer", 0, zero, seven) };
    for refused in [
        Settlement { epoch: 1, ..first.clone() },
        Settlement { from: nine, ..first.clone() },
        Settlement { name: "unknown".into(), ..first.clone() },
    ] {
        assert!(!store.settle(&refused).await.unwrap());
    }
    assert_eq!(store.dead_letters("mailer").await.unwrap(), [], "nothing is changed by what is refused");
    assert!(store.settle(&first).await.unwrap());
    let kept = store.subscription("mailer").await.unwrap().unwrap();
    assert_eq!((kept.position, kept.done_above), (seven, vec![nine]));
    assert_same(
        &store.dead_letters("mailer").await.unwrap(),
        std::slice::from_ref(&waiting),
        "what was kept",
    );

    let later = waiting.time + jiff::SignedDuration::from_hours(1);
    let dead = DeadLetter { attempts: 6, time: later, ..before_the_log("a", 3, Failed) };
    let keep = LetterChange::Keep(dead.clone());
    let (resuming, removed) = (before_the_log("b", 5, Resuming), LetterChange::Remove(key("b", 4)));
    let letters = vec![keep, LetterChange::Keep(resuming.clone()), removed];
    assert!(
        store.settle(&Settlement { letters, ..Settlement::new("mailer", 0, seven, nine) }).await.unwrap()
    );
    let kept = store.subscription("mailer").await.unwrap().unwrap();
    assert_eq!((kept.position, kept.done_above), (nine, vec![]));
    let expected = [DeadLetter { time: waiting.time, ..dead }, resuming];
    assert_same(&store.dead_letters("mailer").await.unwrap(), &expected, "what was changed");

    let letters =
        vec![LetterChange::Remove(key("a", 3)), LetterChange::Keep(before_the_log("a", 8, Waiting))];
    assert!(store.settle(&Settlement { letters, ..Settlement::new("mailer", 0, nine, nine) }).await.unwrap());
    assert_eq!(states(&store).await, [Waiting, Resuming], "the letter of a stream moves on");
}

/// Else nobody would know where the queue begins.
pub(super) async fn a_letter_before_the_log_stays_until_its_owner_removes_it(store: Opened<'_>) {
    use DeadLetterState::{Failed, Resuming, Retrying, Waiting};
    store.subscribe(from_start("mailer")).await.unwrap();
    let at = Position::START;
    let settle = async |change| {
        store.settle(&Settlement { letters: vec![change], ..Settlement::new("mailer", 0, at, at) }).await
    };
    for (number, state) in [(1, Failed), (2, Waiting)] {
        let of = format!("{number}");
        assert!(settle(LetterChange::Keep(before_the_log(&of, number, state))).await.unwrap());
        assert!(store.retry_dead_letter(&key(&of, number)).await.unwrap());
    }
    assert_eq!(states(&store).await, [Retrying, Retrying]);
    let letters = store.dead_letters("mailer").await.unwrap();
    assert!(letters.iter().all(|letter| letter.retry_at.is_none()), "it is to be handled now");
    assert!(store.remove_dead_letter(&key("1", 1)).await.unwrap());
    assert_eq!(states(&store).await, [Resuming, Retrying]);
    assert!(!store.retry_dead_letter(&key("1", 1)).await.unwrap(), "its event is done");
    assert!(settle(LetterChange::Keep(before_the_log("1", 1, Waiting))).await.unwrap());
    assert_eq!(
        states(&store).await,
        [Resuming, Retrying],
        "what was skipped while it was called stays skipped"
    );
    assert!(settle(LetterChange::Remove(key("1", 1))).await.unwrap());
    assert_eq!(states(&store).await, [Retrying]);
}

pub(super) async fn letters_that_wait_for_a_time_are_not_counted(store: Opened<'_>) {
    use DeadLetterState::{Failed, Queued, Resuming, Waiting};
    store.subscribe(from_start("mailer")).await.unwrap();
    let at = Position::START;
    let letters = [Failed, Queued, Waiting, Resuming].into_iter().zip(1..);
    let letters = letters.map(|(state, number)| LetterChange::Keep(before_the_log("a", number, state)));
    let settlement = Settlement { letters: letters.collect(), ..Settlement::new("mailer", 0, at, at) };
    assert!(store.settle(&settlement).await.unwrap());
    assert_eq!(store.count_dead_letters("mailer").await.unwrap(), 2);
    for (state, expected) in [(Waiting, [3]), (Resuming, [4])] {
        let page = store.dead_letter_page(&DeadLetterQuery::of("mailer").state(state), 9).await.unwrap();
        assert_eq!(page.iter().map(|letter| letter.key.position.get()).collect::<Vec<_>>(), expected);
    }
}
