//! Checkpoints and leases of partitions that this library has not written.

use cqrs_tests::postgres::server_answers;
use sqlx::AssertSqlSafe;

use super::world::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_does_not_believe_a_checkpoint_where_the_log_has_never_been() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let before = join(&schema, "before").await;
    let receipt = credit_many(&before, 1..41).await;
    before.wait_for::<Ledger>(&receipt).await.unwrap();
    before.shutdown().await.unwrap();
    let force = "UPDATE subscriptions SET position = 1000000 WHERE name = 'ledger/3'";
    sqlx::query(force).execute(&mut schema.connection().await).await.unwrap();

    let app = join(&schema, "after").await;
    let receipt = credit_many(&app, 41..81).await;
    let error = app.wait_for::<Ledger>(&receipt).await.unwrap_err().to_string();
    assert!(error.contains("checkpoint of `ledger/3` is at position 1000000"), "{error}");
    let findings = app.health().await.findings.join("\n");
    assert!(findings.contains("checkpoint of `ledger/3`"), "{findings}");
    app.start_rebuild::<Ledger>().await.unwrap();
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &app).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_partition_whose_lease_has_no_plausible_end_is_taken_over() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let before = join(&schema, "before").await;
    before.shutdown().await.unwrap();
    let ends = ["'infinity'", "clock_timestamp() + interval '1000 years'", "NULL"];
    for (number, end) in ends.into_iter().enumerate() {
        let force = format!(
            "UPDATE subscriptions SET owner = gen_random_uuid(), lease_until = {end} WHERE name = 'ledger/{number}'"
        );
        sqlx::query(AssertSqlSafe(force)).execute(&mut schema.connection().await).await.unwrap();
    }
    let app = join(&schema, "after").await;
    let receipt = credit_many(&app, 1..81).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &app).await;
}
