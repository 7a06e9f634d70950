//! What may be where a store is opened.

use cqrs::store::{EventStore, StoreError};
use cqrs_tests::postgres::{Schema, server_answers};
use futures_util::future::join_all;

use crate::raw::run;

#[tokio::test]
async fn many_that_open_at_once_make_one_schema() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let stores = join_all((0..4).map(|_| schema.store())).await;
    let mut connection = schema.connection().await;
    let versions: Vec<i32> =
        sqlx::query_scalar("SELECT version FROM schema_versions").fetch_all(&mut connection).await.unwrap();
    assert_eq!(versions, [1, 2, 3]);
    for store in stores {
        store.close().await.unwrap();
    }
}

#[tokio::test]
async fn a_schema_of_a_newer_version_is_refused_by_both_numbers() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    drop(schema.store().await);
    run(&mut schema.connection().await, "INSERT INTO schema_versions (version) VALUES (99)").await;
    match schema.open().await {
        Err(StoreError::NewerSchema { store, found: 99, known: 3 }) => {
            assert!(store.starts_with("schema `"), "{store}");
        }
        other => panic!("the schema is newer: {other:?}"),
    }
}

#[tokio::test]
async fn the_schema_of_another_application_is_refused_and_left_as_it_is() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut connection = schema.connection().await;
    let make = sqlx::AssertSqlSafe(format!("CREATE SCHEMA \"{}\"", schema.name()));
    sqlx::raw_sql(make).execute(&mut connection).await.unwrap();
    run(&mut connection, "CREATE TABLE events (title text)").await;
    let error = schema.open().await.unwrap_err();
    assert!(error.to_string().contains("another application"), "{error}");
    let tables = "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()";
    let tables: i64 = sqlx::query_scalar(tables).fetch_one(&mut connection).await.unwrap();
    assert_eq!(tables, 1);
}

#[tokio::test]
async fn an_owner_of_a_schema_needs_no_other_right() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut connection = schema.connection().await;
    let role = format!("cqrs_test_{}", std::process::id());
    let make = format!(
        "DROP ROLE IF EXISTS {role}; CREATE ROLE {role} LOGIN NOSUPERUSER; \
         CREATE SCHEMA \"{}\" AUTHORIZATION {role}",
        schema.name()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(make)).execute(&mut connection).await.unwrap();
    let store = schema.open_as(&role).await;
    let appended = match &store {
        Ok(store) => store.append(crate::sharing::append("a", 1)).await.map(drop),
        Err(error) => Err(error.clone()),
    };
    if let Ok(store) = store {
        store.close().await.unwrap();
    }
    let remove = format!("DROP SCHEMA \"{}\" CASCADE; DROP ROLE {role}", schema.name());
    sqlx::raw_sql(sqlx::AssertSqlSafe(remove)).execute(&mut connection).await.unwrap();
    appended.expect("an owner of the schema appends");
}
