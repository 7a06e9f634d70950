//! The number of partitions is fixed; who changes it raises the version.

use cqrs::{
    application::{RebuildError, StartError},
    registry::Registry,
    store::StoreError,
    subscription::State,
};
use cqrs_tests::postgres::{Schema, server_answers};

use super::world::*;

async fn refused(schema: &Schema, register: impl FnOnce(&mut Registry)) -> (usize, usize) {
    let worker = Worker::new("other", &schema.store().await);
    match builder(&worker, settings(), register).start().await {
        Err(StartError::Store(error @ StoreError::OtherPartitions { found, wanted, .. })) => {
            assert!(error.to_string().contains("raise the projection's version"), "{error}");
            (found, wanted)
        }
        other => panic!("the number is another: {other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_is_refused_at_the_start_and_a_raised_version_builds_anew() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let app = join(&schema, "one").await;
    let receipt = credit_many(&app, 1..41).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    app.shutdown().await.unwrap();
    assert_eq!(refused(&schema, Registry::projection::<InFour>).await, (8, 4));
    assert_eq!(refused(&schema, Registry::projection::<Whole>).await, (8, 0));

    let raised =
        start(&Worker::new("raised", &schema.store().await), Registry::projection::<InFourRaised>).await;
    let receipt = credit_many(&raised, 41..61).await;
    raised.wait_for::<InFourRaised>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &raised).await;
    assert!(rows(&schema).await.iter().all(|row| row.0 == "raised"));
    assert_eq!(raised.status().len(), 5);
    raised.shutdown().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_projection_that_was_whole_is_divided_by_raising_its_version_and_made_whole_again() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let whole = start(&Worker::new("whole", &schema.store().await), Registry::projection::<Whole>).await;
    let receipt = credit_many(&whole, 1..41).await;
    whole.wait_for::<Whole>(&receipt).await.unwrap();
    whole.shutdown().await.unwrap();
    assert_eq!(refused(&schema, Registry::projection::<Ledger>).await, (0, 8));
    let divided =
        start(&Worker::new("divided", &schema.store().await), Registry::projection::<InFourRaised>).await;
    divided.wait_for::<InFourRaised>(&receipt).await.unwrap();
    assert_as_the_log(&schema, &divided).await;
    divided.shutdown().await.unwrap();
    assert_eq!(refused(&schema, Registry::projection::<WholeRaised>).await, (4, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_older_than_what_is_there_stops_once_and_answers_who_wants_it_built_anew() {
    if !server_answers() {
        return;
    }
    let schema = schema();
    let raised =
        start(&Worker::new("raised", &schema.store().await), Registry::projection::<InFourRaised>).await;
    raised.shutdown().await.unwrap();
    let old = start(&Worker::new("old", &schema.store().await), Registry::projection::<InFour>).await;
    let refused = old.start_rebuild::<InFour>().await.unwrap_err();
    assert!(
        matches!(&refused, RebuildError::Store(StoreError::NewerProjection { found: 2, known: 1, .. })),
        "{refused:?}"
    );
    assert!(
        old.status().iter().all(|status| matches!(status.state, State::Superseded(_))),
        "{:?}",
        old.status()
    );
    old.shutdown().await.unwrap();
}
