//! What waits for a time.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use futures_util::future::join_all;
use jiff::Timestamp;

use crate::{
    message::{CommandId, Metadata},
    store::{Due, DueKey, DueKind, DueQuery, RecordedCommand, Refusal, RefusalReason, Store, StoreError},
};

use super::{
    failures::failure,
    fixtures::{all, answering, claim, some},
    opened::Opened,
};

pub(super) fn due(key: &str, second: i64, owner: &str) -> Due {
    let due = Timestamp::from_second(second).expect("it is a time");
    let key = DueKey::new(DueKind::Command, key);
    Due { key, due, owner: owner.to_owned(), payload: r#"{"é":"\u0000"}"#.to_owned() }
}

fn query(owners: &[&str]) -> DueQuery {
    DueQuery::of(DueKind::Command, owners.iter().copied())
}

async fn keys(store: &dyn Store, query: &DueQuery) -> Vec<String> {
    let page = store.due(query, 100).await.expect("it should be read");
    page.into_iter().map(|due| due.key.key).collect()
}

async fn enter(store: &dyn Store, rows: &[(&str, i64, &str)]) {
    for (key, second, owner) in rows {
        assert_eq!(store.set_due(due(key, *second, owner)).await.unwrap(), None);
    }
}

pub(super) async fn one_thing_waits_under_a_key(store: Opened<'_>) {
    let (first, second) = (due("a", 1, "open"), due("a", 2, "close"));
    assert_eq!(store.set_due(first.clone()).await.unwrap(), None);
    assert_eq!(store.set_due(second.clone()).await.unwrap(), Some(first.clone()));
    assert_eq!(store.find_due(&first.key).await.unwrap(), Some(first.clone()));
    // The same text is another key of another kind.
    let retry = Due { key: DueKey::new(DueKind::Retry, "a"), ..second.clone() };
    assert_eq!(store.set_due(retry.clone()).await.unwrap(), None);
    assert_eq!(store.find_due(&retry.key).await.unwrap(), Some(retry.clone()));
    store.replace_due(second.clone()).await.unwrap();
    assert_eq!(store.find_due(&first.key).await.unwrap(), Some(second));
    assert_eq!(keys(&*store, &query(&["open"])).await, [""; 0], "it is no longer there for its former owner");
    assert_eq!(keys(&*store, &query(&["close"])).await, ["a"]);
}

pub(super) async fn what_waits_is_kept_of_every_kind(store: Opened<'_>) {
    for kind in DueKind::ALL.iter().copied() {
        let row = Due { key: DueKey::new(kind, "a"), ..due("a", 1, kind.as_str()) };
        assert_eq!(store.set_due(row.clone()).await.unwrap(), None);
        let found = store.due(&DueQuery::of(kind, [kind.as_str()]), 10).await.unwrap();
        assert_eq!(found, std::slice::from_ref(&row));
        assert_eq!(store.due_owners(kind).await.unwrap(), [kind.as_str()]);
        assert_eq!(store.remove_due(&[row.key]).await.unwrap(), 1);
    }
}

pub(super) async fn what_waited_is_moved_only_as_it_was_read(store: Opened<'_>) {
    let (read, later) = (due("a", 1, "open"), due("a", 5, "open"));
    enter(&*store, &[("a", 1, "open")]).await;
    assert!(store.move_due(&read, later.clone()).await.unwrap());
    assert!(!store.move_due(&read, due("a", 9, "open")).await.unwrap(), "it has been moved since");
    assert_eq!(store.find_due(&read.key).await.unwrap(), Some(later.clone()));
    assert_eq!(store.remove_due(std::slice::from_ref(&later.key)).await.unwrap(), 1);
    assert!(!store.move_due(&later, read).await.unwrap(), "it is gone, and stays so");
    assert_eq!(store.find_due(&later.key).await.unwrap(), None);
}

pub(super) async fn what_is_due_is_read_by_time_and_key(store: Opened<'_>) {
    enter(&*store, &[("d", 2, "open"), ("b", 2, "close"), ("c", 1, "open"), ("a", 3, "open")]).await;
    enter(&*store, &[("unknown", 0, "other"), ("before", -1, "open")]).await;
    let both = query(&["open", "close", "open", "nobody"]);
    assert_eq!(keys(&*store, &both).await, ["before", "c", "b", "d", "a"]);
    assert_eq!(keys(&*store, &both.clone().until(due("", 2, "").due)).await, ["before", "c", "b", "d"]);
    assert_eq!(keys(&*store, &query(&[])).await, [""; 0]);
    let mut pages = both;
    for expected in [&["before", "c"][..], &["b", "d"], &["a"], &[]] {
        let page = store.due(&pages, 2).await.unwrap();
        assert_eq!(page.iter().map(|due| due.key.key.as_str()).collect::<Vec<_>>(), expected);
        if let Some(last) = page.last() {
            pages = pages.after(last);
        }
    }
    assert_eq!(store.due_owners(DueKind::Command).await.unwrap(), ["close", "open", "other"]);
    assert_eq!(store.due_owners(DueKind::Retry).await.unwrap(), [""; 0]);
}

pub(super) async fn what_waited_is_removed(store: Opened<'_>) {
    enter(&*store, &[("a", 1, "open"), ("b", 1, "open"), ("c", 1, "open")]).await;
    let gone = ["a", "c", "nothing"].map(|key| DueKey::new(DueKind::Command, key));
    assert_eq!(store.remove_due(&gone).await.unwrap(), 2);
    assert_eq!(store.remove_due(&gone).await.unwrap(), 0);
    assert_eq!(store.remove_due(&[]).await.unwrap(), 0);
    assert_eq!(keys(&*store, &query(&["open"])).await, ["b"]);
}

fn cancelled() -> Refusal {
    Refusal::new(RefusalReason::Cancelled, "it was \"not\" wanted any more")
}

pub(super) async fn a_refusal_is_kept_when_its_row_goes(store: Opened<'_>) {
    let claim = claim(CommandId::generate(), "{}");
    enter(&*store, &[("a", 1, "do-thing")]).await;
    let key = DueKey::new(DueKind::Command, "a");
    let kept = failure(1, Metadata::new());
    assert_eq!(store.refuse_due(&key, &claim, &cancelled(), Some(&kept)).await.unwrap(), None);
    assert_eq!(store.find_due(&key).await.unwrap(), None);
    let record = RecordedCommand::refused(&claim, cancelled());
    assert_eq!(store.command(claim.id).await.unwrap(), Some(record.clone()));
    let other = Refusal::new(RefusalReason::Expired, "too late");
    assert_eq!(
        store.refuse_due(&key, &claim, &other, Some(&failure(2, Metadata::new()))).await.unwrap(),
        Some(record.clone())
    );
    match store.append(answering(some("a", 1), &claim)).await {
        Err(StoreError::AlreadyHandled(found)) => assert_eq!(*found, record),
        other => panic!("it is refused for good: {other:?}"),
    }
    assert!(all(&*store).await.is_empty());
    assert_eq!(store.failures(None, 10).await.unwrap(), [kept], "the second refused nothing");
}

/// Whoever says that a command was cancelled must not be wrong, and neither must whoever has stored its events; whichever of
/// them begins a little later, and wherever he is.
pub(super) async fn of_a_refusal_and_an_append_one_is_true(store: Opened<'_>) {
    const ROUNDS: u32 = 40;
    let others = store.capabilities().poll_interval.is_some();
    let other = if others { store.open_another().await } else { store.share() };
    let started = Instant::now();
    let first = claim(CommandId::generate(), "{}");
    store.append(answering(some("first", 1), &first)).await.unwrap();
    let step = started.elapsed() / (ROUNDS / 2);
    // Where much is under way, more comes between the steps of an append and of a refusal.
    let noise: Vec<_> = (0..3).map(|number| tokio::spawn(noise(store.share(), number))).collect();
    for round in 0..ROUNDS {
        let refuser = if round % 2 == 0 { store.share() } else { Arc::clone(&other) };
        let append_is_later = round % 4 < 2;
        race(&store, refuser, round, append_is_later, step * (round / 4)).await;
    }
    noise.iter().for_each(tokio::task::JoinHandle::abort);
}

async fn noise(store: Arc<dyn Store>, number: u32) {
    let most = store.capabilities().largest_append.unwrap_or(500).min(500);
    loop {
        store.append(some(&format!("noise{number}"), most as u64)).await.unwrap();
        // A store in memory does not let others come in between.
        tokio::task::yield_now().await;
    }
}

async fn race(
    store: &Opened<'_>,
    refuser: Arc<dyn Store>,
    round: u32,
    append_is_later: bool,
    delay: Duration,
) {
    let claim = claim(CommandId::generate(), "{}");
    let (key, name) = (DueKey::new(DueKind::Command, round.to_string()), format!("s{round}"));
    store.set_due(due(&key.key, 1, "do-thing")).await.unwrap();
    let append = answering(some(&name, 1), &claim);
    let refusing = (key.clone(), claim.clone());
    let refusing = tokio::spawn(async move {
        let (key, claim) = refusing;
        pass(if append_is_later { Duration::ZERO } else { delay }).await;
        refuser.refuse_due(&key, &claim, &cancelled(), None).await.unwrap()
    });
    let own = store.share();
    let appending = tokio::spawn(async move {
        pass(if append_is_later { delay } else { Duration::ZERO }).await;
        own.append(append).await
    });
    let (found, appended) = (refusing.await.unwrap(), appending.await.unwrap());
    match (found, appended) {
        (None, Err(StoreError::AlreadyHandled(found))) => assert_eq!(found.refusal, Some(cancelled())),
        (Some(found), Ok(appended)) => assert_eq!((found.appended, found.refusal), (appended, None)),
        other => panic!("one of them is true: {other:?}"),
    }
    assert_eq!(store.find_due(&key).await.unwrap(), None);
}

/// Lets some time pass, more exactly than timers do.
async fn pass(time: Duration) {
    let started = Instant::now();
    while started.elapsed() < time {
        tokio::task::yield_now().await;
    }
}

pub(super) async fn of_many_under_one_key_one_enters(store: Opened<'_>) {
    for round in 0..10 {
        let tasks = (0..16).map(|second| {
            let (store, due) = (store.share(), due(&round.to_string(), second, "open"));
            tokio::spawn(async move { store.set_due(due).await.unwrap() })
        });
        let outcomes: Vec<_> = join_all(tasks).await.into_iter().map(Result::unwrap).collect();
        assert_eq!(outcomes.iter().filter(|waiting| waiting.is_none()).count(), 1);
        let kept = store.find_due(&DueKey::new(DueKind::Command, round.to_string())).await.unwrap();
        assert!(outcomes.iter().flatten().all(|waiting| Some(waiting) == kept.as_ref()));
    }
}

/// Whoever changes what waits, all processes see the same from then on.
pub(super) async fn what_waits_is_the_same_for_all_processes(store: Opened<'_>) {
    if store.capabilities().poll_interval.is_none() {
        return;
    }
    let other = store.open_another().await;
    let all = query(&["open", "close"]);
    enter(&*store, &[("a", 1, "open"), ("b", 2, "open"), ("c", 3, "open")]).await;
    assert_eq!(keys(&*other, &all).await, ["a", "b", "c"]);
    let [a, b] = ["a", "b"].map(|key| DueKey::new(DueKind::Command, key));
    assert_eq!(store.remove_due(std::slice::from_ref(&a)).await.unwrap(), 1);
    assert_eq!(keys(&*other, &all).await, ["b", "c"]);
    assert!(other.move_due(&due("b", 2, "open"), due("b", 9, "open")).await.unwrap());
    assert_eq!(keys(&*store, &all).await, ["c", "b"]);
    other.replace_due(due("c", 3, "close")).await.unwrap();
    for each in [store.share(), Arc::clone(&other)] {
        assert_eq!(keys(&*each, &query(&["close"])).await, ["c"]);
        assert_eq!(each.due_owners(DueKind::Command).await.unwrap(), ["close", "open"]);
    }
    let claim = claim(CommandId::generate(), "{}");
    assert_eq!(store.refuse_due(&b, &claim, &cancelled(), None).await.unwrap(), None);
    assert_eq!(keys(&*other, &all).await, ["c"]);
    assert_eq!(other.due_owners(DueKind::Command).await.unwrap(), ["close"]);
    assert_eq!(other.command(claim.id).await.unwrap().map(|found| found.refusal), Some(Some(cancelled())));
}

pub(super) async fn what_waits_outlives_closing(mut store: Opened<'_>) {
    if !store.capabilities().durable {
        return;
    }
    let claim = claim(CommandId::generate(), "{}");
    enter(&*store, &[("a", 1, "open"), ("b", 2, "do-thing")]).await;
    let key = DueKey::new(DueKind::Command, "b");
    store.refuse_due(&key, &claim, &cancelled(), None).await.unwrap();
    store.reopen().await;
    assert_eq!(store.due(&query(&["open", "do-thing"]), 10).await.unwrap(), [due("a", 1, "open")]);
    let record = store.command(claim.id).await.unwrap().expect("the refusal is kept");
    assert_eq!(record.refusal, Some(cancelled()));
}
