//! No event is skipped: the interleavings that matter, one by one.

use cqrs_tests::postgres::{Schema, server_answers};
use sqlx::{Connection, Executor};

use crate::raw::{INSERT, NOTHING, Reader, insert, naive, run};

#[tokio::test]
async fn who_draws_first_and_commits_last_is_not_missed_but_by_a_naive_reader() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    let (mut a, mut b, mut eye) =
        (schema.connection().await, schema.connection().await, schema.connection().await);
    let (mut naive_checkpoint, mut naively) = (0, Vec::new());

    run(&mut a, "BEGIN").await;
    assert_eq!(insert(&mut a, "a").await, 1);
    assert_eq!(insert(&mut b, "b").await, 2);
    assert_eq!(reader.poll().await, NOTHING, "position 1 is on its way");
    assert_eq!(reader.head().await, 0);
    naively.extend(naive(&mut eye, &mut naive_checkpoint).await);
    run(&mut a, "COMMIT").await;
    naively.extend(naive(&mut eye, &mut naive_checkpoint).await);

    assert_eq!(reader.poll().await, [1, 2]);
    assert_eq!(reader.head().await, 2);
    assert_eq!(naively, [2], "a naive reader misses position 1 for ever");
}

#[tokio::test]
async fn writers_that_overlap_without_end_do_not_stop_the_reader() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    let mut present = schema.connection().await;
    run(&mut present, "BEGIN").await;
    insert(&mut present, "0").await;
    for number in 1..10 {
        let mut next = schema.connection().await;
        run(&mut next, "BEGIN").await;
        assert_eq!(reader.poll().await, NOTHING, "the present one has not ended");
        insert(&mut next, &number.to_string()).await;
        run(&mut present, "COMMIT").await;
        // Somebody holds the fence at every time, but nobody from before: what was committed then is final.
        let committed_then: Vec<_> = (1..number).last().into_iter().collect();
        assert_eq!(reader.poll().await, committed_then);
        present = next;
    }
}

#[tokio::test]
async fn a_rollback_is_a_gap_that_holds_up_nobody() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    let (mut a, mut b) = (schema.connection().await, schema.connection().await);
    run(&mut a, "BEGIN").await;
    insert(&mut a, "a").await;
    insert(&mut b, "b").await;
    assert_eq!(reader.poll().await, NOTHING);
    run(&mut a, "ROLLBACK").await;
    assert_eq!(reader.poll().await, [2]);
    insert(&mut a, "a").await;
    assert_eq!(reader.poll().await, [3]);
}

#[tokio::test]
async fn a_connection_that_is_cut_holds_up_nobody() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    let (mut a, mut b) = (schema.connection().await, schema.connection().await);
    run(&mut a, "BEGIN").await;
    insert(&mut a, "a").await;
    insert(&mut b, "b").await;
    assert_eq!(reader.poll().await, NOTHING);
    let pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut a).await.unwrap();
    sqlx::query("SELECT pg_terminate_backend($1, 10000)").bind(pid).execute(&mut b).await.unwrap();
    assert_eq!(reader.poll().await, [2]);
}

#[tokio::test]
async fn copied_rows_are_fenced_too() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    let (mut a, mut b) = (schema.connection().await, schema.connection().await);
    run(&mut a, "BEGIN").await;
    let copy = "COPY events (category, key, version, id, name, schema_version, payload, metadata, \
        correlation_id, time) FROM STDIN";
    let mut copy = a.copy_in_raw(copy).await.unwrap();
    for key in ["x", "y"] {
        let (id, other) = ("6f1c0c5e-6a0b-4a5e-9d0e-c9a57a11ed01", "6f1c0c5e-6a0b-4a5e-9d0e-c9a57a11ed02");
        let metadata = format!(r#"{{"correlation_id":"{other}","time":"2026-01-02T03:04:05Z"}}"#);
        let row = format!("thing\t{key}\t1\t{id}\tthing-happened\t1\t{{}}\t{metadata}\t{other}\t2026\n");
        copy.send(row.as_bytes()).await.unwrap();
    }
    copy.finish().await.unwrap();
    assert_eq!(insert(&mut b, "b").await, 3);
    assert_eq!(reader.poll().await, NOTHING);
    run(&mut a, "COMMIT").await;
    assert_eq!(reader.poll().await, [1, 2, 3]);
}

#[tokio::test]
async fn who_does_not_append_holds_up_nobody() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let other = Schema::new();
    let mut reader = Reader::new(&schema.store().await);
    drop(other.store().await);
    let (mut idle, mut elsewhere, mut b) =
        (schema.connection().await, other.connection().await, schema.connection().await);
    run(&mut idle, "BEGIN; CREATE TABLE notes (text text); INSERT INTO notes VALUES ('long')").await;
    run(&mut elsewhere, "BEGIN").await;
    insert(&mut elsewhere, "a").await;
    insert(&mut b, "b").await;
    assert_eq!(reader.poll().await, [1]);
}

#[tokio::test]
async fn a_reader_that_takes_over_waits_as_well() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let mut first = Reader::new(&schema.store().await);
    let (mut a, mut b) = (schema.connection().await, schema.connection().await);
    run(&mut a, "BEGIN").await;
    insert(&mut a, "a").await;
    insert(&mut b, "b").await;
    assert_eq!(first.poll().await, NOTHING);
    let mut second = Reader::new(&schema.store().await);
    assert_eq!(second.poll().await, NOTHING);
    run(&mut a, "COMMIT").await;
    assert_eq!(second.poll().await, [1, 2]);
    assert_eq!(first.poll().await, [1, 2]);
}

#[tokio::test]
async fn nobody_chooses_a_position() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    drop(schema.store().await);
    let mut connection = schema.connection().await;
    let chosen = INSERT.replace("(category", "(position, category").replace("SELECT ", "SELECT 7, ");
    let refused = connection.execute(sqlx::AssertSqlSafe(chosen)).await;
    assert!(refused.is_err(), "a position was chosen");
    connection.close().await.unwrap();
}

#[tokio::test]
async fn events_are_neither_changed_nor_removed() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    drop(schema.store().await);
    let mut connection = schema.connection().await;
    insert(&mut connection, "a").await;
    for sql in [
        "UPDATE events SET payload = '{}'",
        "DELETE FROM events",
        "TRUNCATE events",
        "UPDATE event_tags SET tag = 'owner:bob'",
        "DELETE FROM event_tags",
    ] {
        let refused = connection.execute(sql).await.unwrap_err().to_string();
        assert!(refused.contains("never"), "{sql}: {refused}");
    }
}
