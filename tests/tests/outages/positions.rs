//! Positions that were drawn and never used: the server may forget them in a crash, and give them out again.

use cqrs::{
    event::RecordedEvent,
    store::{EventQuery, postgres::PostgresStore, read_page},
};
use cqrs_tests::postgres_server::{PostgresServer, can_start};
use sqlx::{Connection, PgConnection};

use super::{requests::append, world::PATIENCE};

/// How many are drawn in vain: more than the server notes ahead, whatever it has noted.
const IN_VAIN: u64 = 100;

/// What was not committed is written to disk by and by; here it is not.
const LAZY: &str = "-c wal_writer_delay=10s -c bgwriter_delay=10s -c autovacuum=off";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_reader_misses_nothing_that_gets_a_position_drawn_in_vain_before_a_crash() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with(LAZY).await;
    let store = PostgresStore::connect(&server.address()).await.expect("the store opens");
    append(&store).await;
    draw_in_vain(&server).await;
    let mut query = EventQuery::all();
    query.after = end_of_log(&store, &query).await;

    server.kill().await;
    server.start().await;
    append(&store).await;
    let reading = tokio::time::timeout(PATIENCE, events_after(&store, &query));
    let events = reading.await.expect("the store finds a connection");
    assert_eq!(events.len(), 1, "the reader stands at {}", query.after);
}

/// The events of a query, once the store has a connection to the server that was started again.
async fn events_after(store: &PostgresStore, query: &EventQuery) -> Vec<RecordedEvent> {
    loop {
        match read_page(store, query, 10).await {
            Ok((events, _)) => return events,
            Err(error) => assert!(error.is_outage(), "{error:?}"),
        }
    }
}

/// A transaction that appends, as the fence wants it, and is rolled back.
async fn draw_in_vain(server: &PostgresServer) {
    let mut connection = PgConnection::connect(&server.address()).await.expect("the server answers");
    let mut transaction = connection.begin().await.expect("a transaction begins");
    let insert = "INSERT INTO cqrs.events \
        (category, key, version, id, name, schema_version, payload, metadata, correlation_id, time) \
        SELECT 'thing', 'in vain', version, gen_random_uuid(), 'thing-happened', 1, '{}', '{}', \
            gen_random_uuid(), '2026-01-02' FROM generate_series(1, $1) version";
    let inserted = sqlx::query(insert).bind(IN_VAIN.cast_signed()).execute(&mut *transaction).await;
    assert_eq!(inserted.expect("the fence lets it in").rows_affected(), IN_VAIN);
    transaction.rollback().await.expect("it is rolled back");
    connection.close().await.expect("the connection ends");
}

async fn end_of_log(store: &PostgresStore, query: &EventQuery) -> cqrs::Position {
    let (_, end) = read_page(store, query, 10).await.expect("the log can be read");
    assert!(end.complete, "there are a few events only");
    end.position
}
