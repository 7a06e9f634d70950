//! Guards: nothing is accepted on what is no longer true, whoever writes at the same time.

use std::{
    collections::HashMap,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use cqrs::{
    CommandId, Position, StreamId, Version,
    event::Payload,
    store::{
        Append, CommandClaim, CommandForm, EventQuery, EventStore, Expected, StoreError, StreamWrite,
        postgres::PostgresStore, read_page,
    },
};
use cqrs_tests::postgres::{Schema, server_answers};
use futures_util::future::join_all;
use sqlx::PgConnection;

use crate::{predecessor::append_as_version_2, sharing::append};

pub fn guard(key: &str, version: u64) -> StreamWrite {
    let expected = Expected::Exactly(Version::new(version));
    StreamWrite { stream: StreamId::new("thing", key), expected, events: vec![] }
}

/// A claim of a command.
pub fn claim(id: CommandId) -> CommandClaim {
    let form = CommandForm { version: 1, shape: 7, digest: None };
    CommandClaim { id, name: "do-thing".into(), aliases: &[], form }
}

fn is_accepted(outcome: Result<impl Sized, StoreError>) -> bool {
    match outcome {
        Ok(_) => true,
        Err(StoreError::Conflict { .. }) => false,
        Err(other) => panic!("only conflicts are expected: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_guard_each_others_stream_one_is_accepted() {
    if !server_answers() {
        return;
    }
    let schema = Schema::with(PostgresStore::builder().writers(1));
    let stores = [schema.store().await, schema.store().await];
    for round in 0..40 {
        let (a, b) = (format!("a{round}"), format!("b{round}"));
        let skewed = |own: &str, other: &str| {
            let mut skewed = append(own, 1);
            skewed.writes.push(guard(other, 0));
            skewed
        };
        // In one process behind another append, so that both wait for the next group; and in two.
        let (one, other) = (&stores[0], &stores[round % 2]);
        let filler = append(&format!("filler{round}"), 1);
        let (_, first, second) =
            tokio::join!(one.append(filler), one.append(skewed(&a, &b)), other.append(skewed(&b, &a)),);
        assert!(is_accepted(first) ^ is_accepted(second), "round {round}");
    }
}

const KEYS: usize = 7;
const TASKS: usize = 16;
const ROUNDS: usize = 60;

/// An append that writes to one or two streams, guards some others, and says in its events what it believes of them.
async fn decide(store: &PostgresStore, seed: &mut fastrand::Rng) -> Append {
    let mut keys: Vec<_> = (0..KEYS).map(|key| key.to_string()).collect();
    seed.shuffle(&mut keys);
    let writes = seed.usize(1..=2);
    let believed = keys[..writes + seed.usize(0..=3)].iter().map(|key| async move {
        (key.clone(), store.version(&StreamId::new("thing", key)).await.unwrap().get())
    });
    let believed = join_all(believed).await;
    let guarded: HashMap<_, _> = believed[writes..].iter().cloned().collect();
    let payload = Payload::from_json(serde_json::to_string(&guarded).unwrap());
    let mut decision = append("", 1);
    let event = decision.writes.remove(0).events.remove(0);
    for (key, version) in &believed[..writes] {
        let mut write = append(key, version + 1).writes.remove(0);
        write.events[0] = cqrs::store::NewEvent {
            id: cqrs::EventId::generate(),
            payload: payload.clone(),
            ..event.clone()
        };
        decision.writes.push(write);
    }
    decision.writes.extend(guarded.iter().map(|(key, version)| guard(key, *version)));
    seed.shuffle(&mut decision.writes);
    decision.command = seed.bool().then(|| claim(CommandId::generate()));
    decision
}

/// Decides again and again; now and then that nothing happens. How often it was accepted.
async fn go_on(store: PostgresStore, task: usize) -> usize {
    let (mut seed, mut accepted) = (fastrand::Rng::with_seed(task as u64), 0);
    for _ in 0..ROUNDS {
        let mut decision = decide(&store, &mut seed).await;
        if seed.u8(0..8) == 0 {
            decision.writes.iter_mut().for_each(|write| write.events.clear());
            decision.command = Some(claim(CommandId::generate()));
        }
        accepted += usize::from(is_accepted(store.append(decision).await));
    }
    accepted
}

/// A process of the version before, which writes to the same streams.
async fn go_on_as_version_2(mut connection: PgConnection, store: PostgresStore) {
    for round in 0..ROUNDS {
        let key = (round % KEYS).to_string();
        let version = store.version(&StreamId::new("thing", &key)).await.unwrap().get().cast_signed();
        let told = append_as_version_2(&mut connection, (&key, version), CommandId::generate()).await;
        assert!(told.position.is_some() || told.version > version, "it is refused for a conflict only");
    }
}

/// Every decision stands on what was true at its place in the log.
async fn check(store: &PostgresStore) -> usize {
    let (mut query, mut places, mut decisions) = (EventQuery::all(), HashMap::new(), Vec::new());
    loop {
        let (events, end) = read_page(store, &query, 1_000).await.unwrap();
        for event in events {
            let key = event.envelope.stream.key().to_owned();
            places.insert((key, event.envelope.version.get()), event.position);
            let guarded: HashMap<String, u64> = serde_json::from_str(event.payload.as_json()).unwrap();
            decisions.extend(guarded.into_iter().map(|(key, version)| (event.position, key, version)));
        }
        query.after = end.position;
        if end.complete {
            break;
        }
    }
    for (position, key, version) in &decisions {
        let place = |version| places.get(&(key.clone(), version)).copied();
        let (before, after) = (place(*version).unwrap_or(Position::START), place(version + 1));
        assert!(
            before < *position,
            "{position} was decided on version {version} of {key} before it was there"
        );
        assert!(
            after.is_none_or(|after| *position < after),
            "{position} was decided when {key} had left {version}"
        );
    }
    decisions.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn no_decision_of_many_in_several_processes_is_accepted_on_what_is_no_longer_true() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let stores = [schema.store().await, schema.store().await];
    let old = tokio::spawn(go_on_as_version_2(schema.connection().await, stores[0].clone()));
    let tasks: Vec<_> = (0..TASKS).map(|task| tokio::spawn(go_on(stores[task % 2].clone(), task))).collect();
    let mut accepted = 0;
    for task in tasks {
        accepted += tokio::time::timeout(Duration::from_mins(2), task).await.unwrap().unwrap();
    }
    old.await.unwrap();
    let guards = check(&stores[0]).await;
    assert!(
        (50..TASKS * ROUNDS - 50).contains(&accepted),
        "{accepted} were accepted: nothing was put to the test"
    );
    assert!(guards >= 50, "{guards} guards were put to the test");
    assert!(stores[1].check().await.unwrap().is_sound());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stream_that_all_guard_without_end_is_still_written() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let (done, guarded) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let guards = (0..32).map(|task| {
        let (store, done, guarded) = (store.clone(), Arc::clone(&done), Arc::clone(&guarded));
        tokio::spawn(async move {
            let mut version = 1;
            while !done.load(Ordering::SeqCst) {
                let hot = store.version(&StreamId::new("thing", "hot")).await.unwrap();
                let mut own = append(&task.to_string(), version);
                own.writes.push(guard("hot", hot.get()));
                if is_accepted(store.append(own).await) {
                    version += 1;
                    guarded.fetch_add(1, Ordering::SeqCst);
                }
            }
        })
    });
    let guards: Vec<_> = guards.collect();
    while guarded.load(Ordering::SeqCst) < 100 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let started = Instant::now();
    for version in 1..=20 {
        store.append(append("hot", version)).await.expect("nobody else writes to it");
    }
    assert!(started.elapsed() < Duration::from_secs(20), "it took {:?}", started.elapsed());
    done.store(true, Ordering::SeqCst);
    join_all(guards).await.into_iter().for_each(Result::unwrap);
}

/// While somebody else holds the stream for looking at it, as a guard of another process does.
#[tokio::test]
async fn guards_of_two_processes_do_not_wait_for_each_other() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let mut other = schema.connection().await;
    crate::raw::run(&mut other, "BEGIN; SELECT lock_writes('{}', '{}', '{}', '{thing}', '{hot}')").await;
    let mut guarded = append("own", 1);
    guarded.writes.push(guard("hot", 0));
    tokio::time::timeout(Duration::from_secs(5), store.append(guarded))
        .await
        .expect("it need not wait")
        .unwrap();
    let writing = tokio::time::timeout(Duration::from_millis(500), store.append(append("hot", 1))).await;
    assert!(writing.is_err(), "who writes waits for the guard");
    crate::raw::run(&mut other, "COMMIT").await;
}
