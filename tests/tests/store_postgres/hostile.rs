//! Rows that this library has not written: each is named, and hides no other.

use std::time::Duration;

use cqrs::{
    CommandId, CorrelationId, Position, StreamId, Uuid, Version,
    event::Payload,
    store::{
        Append, CommandClaim, CommandForm, Damage, EventQuery, EventStore, FailureStore, Snapshot,
        SnapshotStore, StoreError, SubscriptionStart, SubscriptionStore, postgres::PostgresStore, read_page,
    },
};
use cqrs_tests::postgres::{Schema, server_answers};

use sqlx::AssertSqlSafe;

use crate::{raw::run, sharing::append};

const TIME: &str = "2026-01-02T03:04:05.000000000Z";

/// A store of three things with two events each, after somebody with the right to has been at it. None without a server.
async fn damaged(sql: &str) -> Option<(Schema, PostgresStore)> {
    if !server_answers() {
        return None;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    for version in 1..=2 {
        for key in ["a", "b", "c"] {
            store.append(append(key, version)).await.unwrap();
        }
    }
    let mut connection = schema.connection().await;
    run(&mut connection, "ALTER TABLE events DISABLE TRIGGER USER").await;
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    Some((schema, store))
}

async fn problems(store: &PostgresStore) -> Vec<String> {
    let report = store.check().await.expect("damage is found, and fails nothing");
    report.damage.iter().map(Damage::to_string).collect()
}

#[track_caller]
fn assert_says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "{word:?} in {text}");
    }
}

/// The one problem, in these words.
async fn assert_one_problem(store: &PostgresStore, words: &[&str]) {
    let found = problems(store).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_says(&found[0], words);
}

#[tokio::test]
async fn a_damaged_event_is_named_and_those_before_it_come_first() {
    for (damage, words) in [
        ("metadata = '{}'", ["metadata", "position 5"]),
        ("version = -5", ["`version` is damaged: the number -5", "position 5"]),
        ("schema_version = -1", ["`schema_version`", "position 5"]),
    ] {
        let sql = format!("UPDATE events SET {damage} WHERE position = 5");
        let Some((_schema, store)) = damaged(&sql).await else { return };
        let (events, end) = read_page(&store, &EventQuery::all(), 100).await.unwrap();
        assert_eq!((events.len(), end.position.get(), end.complete), (4, 4, false), "{damage}");
        let rest = EventQuery::all().after(end.position);
        let error = read_page(&store, &rest, 100).await.unwrap_err();
        assert!(matches!(error, StoreError::Decode(_)), "{error:?}");
        assert_says(&error.to_string(), &words);
        assert_says(&error.to_string(), &["thing/b", "thing-happened"]);
    }
}

#[tokio::test]
async fn events_where_none_can_be_are_errors_and_found() {
    for position in [-5_i64, 50, i64::MAX] {
        let sql = format!(
            "INSERT INTO events (position, category, key, version, id, name, schema_version, payload, metadata,
                 correlation_id, time) OVERRIDING SYSTEM VALUE
             SELECT {position}, 'thing', 'd', 1, gen_random_uuid(), name, 1, '{{}}', metadata, correlation_id, time
             FROM events WHERE position = 1"
        );
        let Some((_schema, store)) = damaged(&sql).await else { return };
        let mut read = read_page(&store, &EventQuery::all(), 100).await;
        if let Ok((events, end)) = &read {
            assert!(events.len() <= 6 && !end.complete, "{position}: {end:?}");
            read = read_page(&store, &EventQuery::all().after(end.position), 100).await;
        }
        assert_says(&read.unwrap_err().to_string(), &["thing/d", &position.to_string()]);
        let found = problems(&store).await;
        assert!(found.iter().any(|problem| problem.contains(&position.to_string())), "{found:?}");
    }
}

#[tokio::test]
async fn events_with_one_id_are_found() {
    let same = "UPDATE events SET id = (SELECT id FROM events WHERE position = 2) WHERE position = 5";
    let Some((_schema, store)) = damaged(same).await else { return };
    match &store.check().await.unwrap().damage[..] {
        [Damage::SameId { first, second, .. }] => {
            assert_eq!((*first, *second), (Position::new(2), Position::new(5)));
        }
        other => panic!("two events have one id: {other:?}"),
    }
}

fn claiming(id: CommandId, key: &str) -> Append {
    let form = CommandForm { version: 1, shape: 0, digest: None };
    let claim = CommandClaim { id, name: "do-thing".into(), aliases: &[], form };
    Append { command: Some(claim), ..append(key, 1) }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_named_and_never_overlooked() {
    let id = CommandId::generate();
    let outcome = |first: i64, last: i64| {
        format!(
            r#"{{"streams":[{{"stream":{{"category":"thing","key":"a"}},"first_version":1,"last_version":2,
                "first_position":{first},"last_position":{last}}}]}}"#
        )
    };
    for (columns, values) in [
        ("version, shape, outcome", format!("-1, 0, '{}'", outcome(1, 4))),
        ("version, shape, digest, outcome", format!("1, 0, '\\x0102', '{}'", outcome(1, 4))),
        ("version, shape, outcome", r#"1, 0, '{"streams":"t0psecret"}'"#.to_owned()),
        ("version, shape, outcome", format!("1, 0, '{}'", outcome(77, 78))),
    ] {
        let sql = format!("INSERT INTO commands (id, name, {columns}) VALUES ('{id}', 'do-thing', {values})");
        let Some((_schema, store)) = damaged(&sql).await else { return };
        let refused = store.append(claiming(id, "x")).await;
        assert!(refused.is_err(), "{values}: {refused:?}");
        if !values.contains("77") {
            let error = store.command(id).await.unwrap_err().to_string();
            assert_says(&error, &["command", &id.to_string()]);
            assert!(!error.contains("t0psecret"), "{error}");
        }
        store.append(claiming(CommandId::generate(), "y")).await.expect("a neighbour is not concerned");
        let found = problems(&store).await;
        assert_eq!(found.len(), 1, "{values}: {found:?}");
        assert_says(&found[0], &[&id.to_string()]);
        assert!(!found[0].contains("t0psecret"), "{}", found[0]);
    }
}

#[tokio::test]
async fn a_failure_that_cannot_be_read_is_named_among_the_others() {
    let id = CommandId::generate();
    let metadata = format!(r#"{{"correlation_id":"{id}","time":"{TIME}"}}"#);
    let row = |metadata: &str| {
        format!(
            "INSERT INTO failures (command_id, name, code, error, metadata, correlation_id, time) VALUES \
             ('{id}', 'do-thing', 'rejected', 'no', '{metadata}', '{id}', '{TIME}');"
        )
    };
    for bad in [row("{}"), row(r#"{"time":"t0psecret"}"#), row(r#""t0psecret""#)] {
        let sql = format!("{}{bad}{}", row(&metadata), row(&metadata));
        let Some((_schema, store)) = damaged(&sql).await else { return };
        for correlation in [None, Some(CorrelationId::from(id.as_uuid()))] {
            let failures = store.failures(correlation, 10).await.unwrap();
            let codes: Vec<_> = failures.iter().map(|found| &*found.code).collect();
            assert_eq!(codes, ["rejected", "unreadable", "rejected"]);
            assert_says(&failures[1].error, &["failure 2", "metadata"]);
            assert!(!failures[1].error.contains("t0psecret"), "{}", failures[1].error);
        }
        assert_one_problem(&store, &["row 2 of table `failures`", "metadata"]).await;
    }
}

const SUBSCRIPTIONS: &str = "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES";

fn start(name: &'static str) -> SubscriptionStart {
    SubscriptionStart { name, aliases: &[], version: 1, position: Some(Position::START) }
}

#[tokio::test]
async fn a_checkpoint_below_zero_names_its_subscription() {
    for values in ["1, -7, 0, 0", "1, 0, -7, 0", "-1, 0, 0, 0", "1, 0, 0, -1"] {
        let sql = format!("{SUBSCRIPTIONS} ('reader', {values}), ('sound', 1, 2, 0, 0)");
        let Some((_schema, store)) = damaged(&sql).await else { return };
        for error in [
            store.subscribe(start("reader")).await.unwrap_err(),
            store.subscription("reader").await.unwrap_err(),
            store.subscriptions().await.unwrap_err(),
        ] {
            assert_says(&error.to_string(), &["`reader`", "the number -"]);
        }
        assert_eq!(store.subscribe(start("sound")).await.unwrap().position, Position::new(2));
        assert_one_problem(&store, &["subscriptions", "reader"]).await;
    }
}

#[tokio::test]
async fn a_checkpoint_beyond_the_head_is_found() {
    let sql = format!("{SUBSCRIPTIONS} ('reader', 1, 1000000, 0, 0), ('sound', 1, 6, 0, 0)");
    let Some((_schema, store)) = damaged(&sql).await else { return };
    assert_one_problem(&store, &["`reader`", "1000000"]).await;
}

#[tokio::test]
async fn a_lease_that_nobody_can_have_been_given_is_taken_over() {
    let hour = Duration::from_hours(1);
    for until in ["'infinity'", "'9999-01-01T00:00:00Z'", "NULL"] {
        let sql = format!(
            "{SUBSCRIPTIONS} ('reader', 1, 0, 0, 1);
             UPDATE subscriptions SET owner = gen_random_uuid(), lease_until = {until}"
        );
        let Some((_schema, store)) = damaged(&sql).await else { return };
        let taken = store.acquire_lease("reader", Uuid::now_v7(), hour).await.unwrap();
        assert!(taken.is_some_and(|lease| lease.epoch > 1), "{until}");
    }
    let sql = format!(
        "{SUBSCRIPTIONS} ('reader', 1, 0, 0, 1);
         UPDATE subscriptions SET owner = gen_random_uuid(), lease_until = clock_timestamp() + interval '1 minute'"
    );
    let Some((_schema, store)) = damaged(&sql).await else { return };
    assert_eq!(store.acquire_lease("reader", Uuid::now_v7(), hour).await.unwrap(), None);
}

#[tokio::test]
async fn a_letter_that_cannot_be_read_is_named() {
    for (state, attempts, time) in [("undecided", 1, TIME), ("failed", -1, TIME), ("failed", 1, "yesterday")]
    {
        let sql = format!(
            "INSERT INTO dead_letters (handler, category, key, position, version, state, attempts, error, time)
             VALUES ('mailer', 'thing', 'a', 2, 2, '{state}', {attempts}, 'no', '{time}'),
                    ('printer', 'thing', 'b', 4, 1, 'failed', 1, 'no', '{TIME}')"
        );
        let Some((_schema, store)) = damaged(&sql).await else { return };
        let error = store.dead_letters("mailer").await.unwrap_err().to_string();
        assert_says(&error, &["`mailer`", "thing/a", "position 2"]);
        assert_eq!(store.dead_letters("printer").await.unwrap().len(), 1);
        assert_one_problem(&store, &["dead_letters", "`mailer`", "thing/a"]).await;
    }
}

#[tokio::test]
async fn a_snapshot_that_cannot_be_read_or_is_beyond_its_stream_is_replaced() {
    let stream = StreamId::new("thing", "a");
    let sound = Snapshot {
        stream: stream.clone(),
        version: Version::new(2),
        fingerprint: 1,
        state: Payload::from_json("{}"),
    };
    let Some((_schema, store)) = damaged("INSERT INTO snapshots VALUES ('thing', 'a', -1, 1, '{}')").await
    else {
        return;
    };
    assert_eq!(store.load_snapshot(&stream).await.expect("the events are there"), None);
    assert_one_problem(&store, &["snapshots", "thing/a"]).await;
    store.save_snapshot(sound.clone()).await.unwrap();
    assert_eq!(store.load_snapshot(&stream).await.unwrap(), Some(sound.clone()));
    let Some((_schema, store)) = damaged("INSERT INTO snapshots VALUES ('thing', 'a', 1000, 1, '{}')").await
    else {
        return;
    };
    store.save_snapshot(sound.clone()).await.unwrap();
    assert_eq!(store.load_snapshot(&stream).await.unwrap(), Some(sound));
}
