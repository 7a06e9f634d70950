//! A schema that an earlier version of the library made.

use cqrs::{
    EventId, Metadata, Position, StreamId, Version,
    store::{EventQuery, EventStore, InboxStore, SubscriptionStore, read_page},
};
use sqlx::{PgConnection, Row};

use cqrs_tests::postgres::{Schema, server_answers};

use crate::{
    raw::{insert, run},
    sharing::append,
};

/// The statements of version 1, as it was published.
const PARTS: [&str; 3] = [
    include_str!("version_1/tables.sql"),
    include_str!("version_1/append_function.sql"),
    include_str!("version_1/horizon.sql"),
];
const SUBSCRIBE: &str =
    "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ('reader', 1, 0, 0, 0)";
const ADVANCE: &str =
    "UPDATE subscriptions SET position = $4 WHERE name = $1 AND epoch = $2 AND position = $3";

/// An append to the stream `thing/key`, as version 1 calls it: the position it gets.
async fn append_as_version_1(connection: &mut PgConnection, key: &str) -> i64 {
    let id = || vec![EventId::generate().to_string()];
    let (one, none) = (vec![1_i32], Vec::<i32>::new());
    let call = sqlx::query(include_str!("version_1/append.sql"))
        .bind(id())
        .bind(vec!["do-something"])
        .bind(vec![vec![7_u8; 16]])
        .bind(vec![serde_json::to_string(&Metadata::new()).unwrap()])
        .bind(id())
        .bind(vec![None::<&str>])
        .bind(vec!["2026-01-01T00:00:00.000000000Z"]);
    let call = call.bind(&one).bind(vec!["thing"]).bind(vec![key]).bind(vec![0_i64]).bind(&one);
    let call = call.bind(&one).bind(&one).bind(id()).bind(vec!["happened"]).bind(vec![1_i64]).bind(vec!["1"]);
    let call = call.bind(&none).bind(&none).bind(Vec::<&str>::new());
    call.fetch_one(connection).await.unwrap().get("last_position")
}

/// A connection of a process of version 1, which has made the schema.
async fn predecessor(schema: &Schema) -> PgConnection {
    let mut connection = schema.connection().await;
    let make = sqlx::AssertSqlSafe(format!("CREATE SCHEMA \"{}\"", schema.name()));
    sqlx::raw_sql(make).execute(&mut connection).await.unwrap();
    for part in PARTS {
        run(&mut connection, part).await;
    }
    run(&mut connection, "INSERT INTO schema_versions (version) VALUES (1)").await;
    connection
}

#[tokio::test]
async fn a_schema_of_version_1_is_brought_up_to_date_while_its_process_goes_on() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut predecessor = predecessor(&schema).await;
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
    let mut predecessor = predecessor(&schema).await;
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
