//! Read models in a database, whichever it is.

use std::time::Duration;

use cqrs::{
    application::RebuildError,
    prelude::*,
    registry::Registry,
    store::{DeadLetter, DeadLetterState},
    subscription::{SubscriptionSettings, WaitError},
};
#[cfg(feature = "postgres")]
use cqrs_tests::services::Service;

#[cfg(feature = "postgres")]
use super::postgres::Database;
use super::{
    super::world::*,
    place::{Place, Runs},
    running,
    sqlite::File,
};

/// Each test, in each database.
macro_rules! in_each_database {
    ($($test:ident)*) => {
        mod in_sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                super::$test::<super::File>().await;
            })*
        }

        #[cfg(feature = "postgres")]
        mod in_postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if super::Service::PostgreSql.answers() {
                    super::$test::<super::Database>().await;
                }
            })*
        }
    };
}

in_each_database! {
    a_projection_stops_at_a_failure_without_half_a_row
    a_rebuilt_projection_tries_a_failing_event_as_often_as_at_first
    a_projection_that_parks_queues_the_stream_and_retries_in_order
    a_skipped_event_of_a_projection_is_given_up
    a_rebuild_begins_anew_by_schema_or_by_reset
    a_raised_version_builds_anew_and_an_older_program_stops
    a_renamed_projection_keeps_its_checkpoint_and_can_be_rebuilt
    whoever_waits_is_told_of_the_shutdown
    a_batch_cut_short_by_its_budget_skips_and_doubles_nothing
    two_applications_that_run_one_projection_write_each_row_once
}

async fn a_projection_stops_at_a_failure_without_half_a_row<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    let writer = running(place.again().await, &probe, |_| ()).await;
    for (account, amount) in [("a", 1), ("b", 2), ("a", 13), ("b", 3)] {
        credit(&writer, account, amount).await;
    }
    probe.fail(13);
    let settings = SubscriptionSettings { attempts: 3, ..quick() };
    let app = app_with(place.store(), &probe, settings, Registry::projection::<P::Ledger>).await;
    let error = app.wait_for_position::<P::Ledger>(Position::new(6)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("event `money-credited` at position 5, version 3 of stream account/a, failed"),
        "{error}"
    );
    assert_eq!(place.amounts().await, [1, 2]);
    assert_eq!(probe.amounts("ledger").iter().filter(|amount| **amount == 13).count(), 3);
    assert_eq!(app.store().subscription("ledger").await.unwrap().unwrap().position, Position::new(4));
    // Mended and started again, it goes on where it was.
    app.shutdown().await.unwrap();
    probe.mend();
    let app = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    app.wait_for_position::<P::Ledger>(Position::new(6)).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2, 13, 3]);
}

async fn a_rebuilt_projection_tries_a_failing_event_as_often_as_at_first<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    probe.fail(13);
    let settings = SubscriptionSettings { attempts: 3, ..quick() };
    let app = app_with(place.store(), &probe, settings, Registry::projection::<P::Ledger>).await;
    credit(&app, "a", 13).await;
    for tries in [3, 6] {
        app.wait_for_position::<P::Ledger>(Position::new(2)).await.unwrap_err();
        assert_eq!(probe.amounts("ledger").iter().filter(|amount| **amount == 13).count(), tries);
        app.start_rebuild::<P::Ledger>().await.unwrap();
    }
    probe.mend();
    app.wait_for_position::<P::Ledger>(Position::new(2)).await.unwrap();
    assert_eq!(place.amounts().await, [13]);
}

async fn a_projection_that_parks_queues_the_stream_and_retries_in_order<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    probe.fail(13);
    let app = running(place.store(), &probe, Registry::projection::<P::ParkingLedger>).await;
    let mut positions = Vec::new();
    for (account, amount) in [("a", 1), ("a", 13), ("a", 2), ("b", 5), ("a", 3)] {
        positions.push(credit(&app, account, amount).await.position());
    }
    app.wait_for_position::<P::ParkingLedger>(positions[4]).await.unwrap();
    assert_eq!(place.amounts().await, [1, 5]);
    let letters = app.dead_letters("parking-ledger").list().await.unwrap();
    let states: Vec<_> = letters.iter().map(|letter| (letter.key.position, letter.state)).collect();
    let [failed, queued] = [DeadLetterState::Failed, DeadLetterState::Queued];
    assert_eq!(states, [(positions[1], failed), (positions[2], queued), (positions[4], queued)]);
    probe.mend();
    app.dead_letters("parking-ledger").retry(positions[1]).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(place.amounts().await, [1, 13, 2, 5, 3]);
    let told: Vec<_> =
        probe.calls().into_iter().filter(|call| call.account == "a").map(|call| call.amount).collect();
    assert!(told.ends_with(&[13, 2, 3]), "{told:?}");
    let last = credit(&app, "a", 4).await;
    app.wait_for::<P::ParkingLedger>(&last).await.unwrap();
    assert_eq!(place.amounts().await, [1, 13, 2, 5, 3, 4]);
}

async fn a_skipped_event_of_a_projection_is_given_up<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    probe.panicking.lock().unwrap().insert(13);
    let app = running(place.store(), &probe, Registry::projection::<P::ParkingLedger>).await;
    let failing = credit(&app, "a", 13).await;
    credit(&app, "a", 1).await;
    let letters = until_letters(&app, "parking-ledger", |letters| letters.len() == 2).await;
    assert!(letters[0].error.contains("told to panic"), "{}", letters[0].error);
    app.dead_letters("parking-ledger").skip(failing.position()).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(place.amounts().await, [1]);
}

async fn rebuilt<P: Place, L: Runs>() {
    let place = P::new().await;
    let app = running(place.store(), &Probe::new(), Registry::projection::<L>).await;
    for amount in 1..=5 {
        credit(&app, "a", amount).await;
    }
    let last = credit(&app, "b", 6).await;
    app.wait_for::<L>(&last).await.unwrap();
    let before = place.rows().await;
    app.start_rebuild::<L>().await.unwrap();
    let after = credit(&app, "b", 7).await;
    app.wait_for::<L>(&after).await.unwrap();
    let rebuilt = place.rows().await;
    assert_eq!((rebuilt.len(), &rebuilt[..6]), (7, &before[..]));
    app.shutdown().await.unwrap();
}

async fn a_rebuild_begins_anew_by_schema_or_by_reset<P: Place>() {
    rebuilt::<P, P::Ledger>().await;
    rebuilt::<P, P::ResetLedger>().await;
    let place = P::new().await;
    let app = running(place.store(), &Probe::new(), |_| ()).await;
    assert!(matches!(app.start_rebuild::<P::Ledger>().await, Err(RebuildError::NotRunning("ledger"))));
    assert!(matches!(
        app.wait_for_position::<P::Ledger>(Position::new(1)).await,
        Err(WaitError::NotRunning("ledger"))
    ));
}

async fn a_raised_version_builds_anew_and_an_older_program_stops<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    let old = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    let first = credit(&old, "a", 1).await;
    old.wait_for::<P::Ledger>(&first).await.unwrap();
    let new = running(place.again().await, &probe, Registry::projection::<P::LedgerTwo>).await;
    new.wait_for::<P::LedgerTwo>(&first).await.unwrap();
    assert_eq!(place.amounts().await, [1]);
    assert_eq!(place.twos().await, 1);
    // The old program, still running, must not write into the new one's table.
    let second = credit(&old, "a", 2).await;
    let error = old.wait_for::<P::Ledger>(&second).await.unwrap_err();
    assert!(error.to_string().contains("built as version 2"), "{error}");
    new.wait_for::<P::LedgerTwo>(&second).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2]);
    old.shutdown().await.unwrap();
    let old = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    assert!(matches!(old.wait_for::<P::Ledger>(&first).await, Err(WaitError::Stopped { .. })));
}

async fn a_renamed_projection_keeps_its_checkpoint_and_can_be_rebuilt<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    let before = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    let first = credit(&before, "a", 1).await;
    before.wait_for::<P::Ledger>(&first).await.unwrap();
    before.shutdown().await.unwrap();
    let after = running(place.again().await, &probe, Registry::projection::<P::Book>).await;
    let second = credit(&after, "a", 2).await;
    after.wait_for::<P::Book>(&second).await.unwrap();
    assert_eq!((probe.amounts("ledger"), probe.amounts("book")), (vec![1], vec![2]));
    assert_eq!(place.amounts().await, [1, 2]);
    after.start_rebuild::<P::Book>().await.unwrap();
    after.wait_for::<P::Book>(&second).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2]);
}

async fn whoever_waits_is_told_of_the_shutdown<P: Place>() {
    let place = P::new().await;
    let app = running(place.store(), &Probe::new(), Registry::projection::<P::Ledger>).await;
    let waiting = app.clone();
    let waiting =
        tokio::spawn(async move { waiting.wait_for_position::<P::Ledger>(Position::new(1_000)).await });
    tokio::task::yield_now().await;
    app.shutdown().await.unwrap();
    assert_eq!(waiting.await.unwrap(), Err(WaitError::ShuttingDown));
}

async fn a_batch_cut_short_by_its_budget_skips_and_doubles_nothing<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    let writer = running(place.again().await, &probe, |_| ()).await;
    for amount in 1..=150 {
        credit(&writer, "a", amount).await;
    }
    probe.fail(77);
    // Each batch is one event long, and one in the middle fails twice before it is parked.
    let settings = SubscriptionSettings { write_budget: Duration::ZERO, batch: 40, ..quick() };
    let app = app_with(place.store(), &probe, settings, Registry::projection::<P::ParkingLedger>).await;
    app.wait_for_position::<P::ParkingLedger>(Position::new(151)).await.unwrap();
    assert_eq!(place.amounts().await, (1..77).collect::<Vec<_>>());
    assert_eq!(app.dead_letters("parking-ledger").list().await.unwrap().len(), 74);
    probe.mend();
    app.dead_letters("parking-ledger").retry(Position::new(78)).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(place.amounts().await, (1..=150).collect::<Vec<_>>());
}

async fn two_applications_that_run_one_projection_write_each_row_once<P: Place>() {
    let place = P::new().await;
    let probe = Probe::new();
    let one = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    let other = running(place.again().await, &probe, Registry::projection::<P::Ledger>).await;
    let write = async |app: &Application, account: &str| {
        let mut last = credit(app, account, 1).await;
        for amount in 2..=100 {
            last = credit(app, account, amount).await;
        }
        last
    };
    let (last, last_of_other) = tokio::join!(write(&one, "a"), write(&other, "b"));
    for app in [&one, &other] {
        app.wait_for::<P::Ledger>(&last).await.unwrap();
        app.wait_for::<P::Ledger>(&last_of_other).await.unwrap();
    }
    let mut found: Vec<_> = place.rows().await.into_iter().map(|row| (row.1, row.2)).collect();
    found.sort();
    let expected =
        ["a", "b"].into_iter().flat_map(|account| (1..=100).map(move |amount| (account.to_owned(), amount)));
    assert_eq!(found, expected.collect::<Vec<_>>());
}
