//! A schema that an earlier version of the library made.

use std::time::Duration;

use cqrs::{
    CommandId, Position, StreamId, Version,
    store::{
        Append, CommandClaim, CommandForm, EventQuery, EventStore, Expected, InboxStore, StoreError,
        StreamWrite, SubscriptionStore, read_page,
    },
};

use cqrs_tests::postgres::{Schema, server_answers};

use crate::{
    predecessor::{append_as_version_1, append_as_version_2, of_version_1, of_version_2},
    raw::{insert, run},
    sharing::append,
};

const SUBSCRIBE: &str =
    "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ('reader', 1, 0, 0, 0)";
const ADVANCE: &str =
    "UPDATE subscriptions SET position = $4 WHERE name = $1 AND epoch = $2 AND position = $3";

#[tokio::test]
async fn a_schema_of_version_1_is_brought_up_to_date_while_its_process_goes_on() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut predecessor = of_version_1(&schema).await;
    insert(&mut predecessor, "a").await;
    assert_eq!(append_as_version_1(&mut predecessor, "d").await, 2);
    run(&mut predecessor, SUBSCRIBE).await;

    let store = schema.store().await;
    let stream = StreamId::of("thing", "a");
    let [none, one] = [0, 1].map(Version::new);
    assert_eq!(store.version(&stream).await.unwrap(), one);
    assert!(store.record_handled("mailer", &stream, none, one).await.unwrap());

    insert(&mut predecessor, "b").await;
    assert_eq!(append_as_version_1(&mut predecessor, "e").await, 4);
    let advance = sqlx::query(ADVANCE).bind("reader").bind(0_i64).bind(0_i64).bind(2_i64);
    assert_eq!(advance.execute(&mut predecessor).await.unwrap().rows_affected(), 1);
    store.append(append("c", 1)).await.unwrap();
    let (events, _) = read_page(&store, &EventQuery::all(), 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.position.get()).collect::<Vec<_>>(), [1, 2, 3, 4, 5]);
    let reader = store.subscription("reader").await.unwrap().unwrap();
    assert_eq!(reader.position, Position::new(2));
    store.close().await.unwrap();
}

/// A role that does not own the schema, and has what version 1 asked of it.
#[tokio::test]
async fn a_role_that_could_add_events_still_can() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut predecessor = of_version_1(&schema).await;
    let (role, name) = (format!("cqrs_test_clerk_{}", std::process::id()), schema.name());
    let make = format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} NOSUPERUSER; GRANT USAGE ON SCHEMA \"{name}\" TO {role}; \
         GRANT SELECT, INSERT ON ALL TABLES IN SCHEMA \"{name}\" TO {role}"
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut predecessor).await.unwrap();
    let become_clerk = || sqlx::raw_sql(sqlx::AssertSqlSafe(format!("SET ROLE {role}")));
    become_clerk().execute(&mut predecessor).await.unwrap();
    assert_eq!(append_as_version_1(&mut predecessor, "a").await, 1);

    let store = schema.store().await;
    assert_eq!(append_as_version_1(&mut predecessor, "b").await, 2);
    store.close().await.unwrap();
    let remove = format!("RESET ROLE; DROP OWNED BY {role}; DROP ROLE {role}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(remove)).execute(&mut predecessor).await.unwrap();
}

/// An append to `thing/key` at a version, which answers a command.
fn answering(id: CommandId, key: &str, version: u64) -> Append {
    let form = CommandForm { version: 1, shape: 7, digest: None };
    let command = CommandClaim { id, name: "do-something".into(), aliases: &[], form };
    Append { command: Some(command), ..append(key, version) }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_schema_of_version_2_is_brought_up_to_date_while_its_process_appends() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut predecessor = of_version_2(&schema).await;
    let [before, meanwhile, after, ours] = [(); 4].map(|()| CommandId::generate());
    assert_eq!(append_as_version_2(&mut predecessor, ("a", 0), before).await.position, Some(1));

    run(&mut predecessor, "BEGIN").await;
    assert_eq!(append_as_version_2(&mut predecessor, ("b", 0), meanwhile).await.position, Some(2));
    let schema = std::sync::Arc::new(schema);
    let opening = tokio::spawn({
        let schema = std::sync::Arc::clone(&schema);
        async move { schema.store().await }
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!opening.is_finished(), "it waits for the append that is on its way");
    run(&mut predecessor, "COMMIT").await;
    let store = opening.await.unwrap();

    assert_eq!(append_as_version_2(&mut predecessor, ("a", 1), after).await.position, Some(3));
    store.append(answering(ours, "c", 1)).await.unwrap();
    for id in [before, meanwhile, after] {
        let record = store.command(id).await.unwrap().expect("it was handled");
        assert_eq!((record.name.as_str(), record.form, record.appended.count()), ("do-something", None, 1));
        let again = store.append(answering(id, "d", 1)).await;
        assert!(matches!(again, Err(StoreError::AlreadyHandled(_))), "{again:?}");
    }
    let told = append_as_version_2(&mut predecessor, ("d", 0), ours).await;
    assert_eq!((told.position, told.command.as_deref()), (None, Some("do-something")));
    let (events, _) = read_page(&store, &EventQuery::all(), 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.position.get()).collect::<Vec<_>>(), [1, 2, 3, 4]);
    assert!(store.check().await.unwrap().is_sound());
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_guarded_an_older_process_cannot_change_behind_the_guard() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut predecessor = of_version_2(&schema).await;
    let store = schema.store().await;
    append_as_version_2(&mut predecessor, ("a", 0), CommandId::generate()).await;

    run(&mut predecessor, "BEGIN").await;
    append_as_version_2(&mut predecessor, ("a", 1), CommandId::generate()).await;
    let guard = StreamWrite {
        stream: StreamId::new("thing", "a"),
        expected: Expected::Exactly(Version::new(1)),
        events: vec![],
    };
    let mut guarded = append("b", 1);
    guarded.writes.push(guard);
    let waiting = tokio::spawn({
        let store = store.clone();
        async move { store.append(guarded).await }
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!waiting.is_finished(), "it waits for whoever is changing the stream");
    run(&mut predecessor, "COMMIT").await;
    match waiting.await.unwrap() {
        Err(StoreError::Conflict { stream, actual, .. }) => {
            assert_eq!((stream.key(), actual), ("a", Version::new(2)));
        }
        other => panic!("the stream was changed: {other:?}"),
    }
    store.close().await.unwrap();
}
