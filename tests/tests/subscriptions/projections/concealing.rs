//! Event handlers in PostgreSQL whose statements fail or end the transaction, and which keep that to themselves.

use std::{sync::Arc, time::Duration};

use cqrs::{handler::BoxError, prelude::*, registry::Registry, subscription::SubscriptionSettings};
use cqrs_tests::{bank::*, services::Service};

use super::{
    super::world::{PATIENCE, Probe, app_with, credit, quick},
    place::Place,
    postgres::Database,
    running,
};

/// What a handler does before it enters its row, and never speaks of.
const MISDEEDS: [&str; 3] = ["SELECT no_such_column FROM ledger", "COMMIT", "ROLLBACK"];

#[derive(Projection, Debug)]
#[projection(
    name = "concealing",
    schema = "CREATE TABLE ledger (position bigint, account text, amount bigint)"
)]
pub struct Concealing;

#[event_handler]
impl Concealing {
    /// An amount above 100 asks for a misdeed; a handler after it meets what is left of the transaction.
    async fn credited(
        event: &MoneyCredited,
        position: Position,
        probe: Inject<Arc<Probe>>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), BoxError> {
        probe.note("concealing", String::new(), event.amount);
        if let (Some(misdeed), Err(_)) = (misdeed(event.amount), probe.obey(event.amount)) {
            let _ = sqlx::raw_sql(misdeed).execute(&mut **tx).await;
            return Ok(());
        }
        let insert = sqlx::query("INSERT INTO ledger VALUES ($1, '', $2)");
        let insert = insert.bind(position.get().cast_signed()).bind(event.amount);
        insert.execute(&mut **tx).await?;
        Ok(())
    }
}

fn misdeed(amount: i64) -> Option<&'static str> {
    MISDEEDS.get(usize::try_from(amount - 100).ok()?).copied()
}

/// The event that is to blame is named, although it is the ones after it that cannot go on.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_conceals_a_failed_statement_is_found_out() {
    if !Service::PostgreSql.answers() {
        return;
    }
    for (guilty, _) in (100..).zip(MISDEEDS) {
        let place = Database::new().await;
        let probe = Probe::new();
        let writer = running(place.again().await, &probe, |_| ()).await;
        for amount in [1, 2, guilty, 3, 4] {
            credit(&writer, "a", amount).await;
        }
        probe.fail(guilty);
        let settings = SubscriptionSettings { attempts: 3, ..quick() };
        let app = app_with(place.store(), &probe, settings, Registry::projection::<Concealing>).await;
        let error = app.wait_for_position::<Concealing>(Position::new(6)).await.unwrap_err().to_string();
        assert!(error.contains("at position 4"), "{error}");
        assert!(error.contains("did not return it"), "{error}");
        app.shutdown().await.unwrap();
        probe.mend();
        let app = running(place.again().await, &probe, Registry::projection::<Concealing>).await;
        app.wait_for_position::<Concealing>(Position::new(6)).await.unwrap();
        // Whoever has ended the transaction writes outside it, and no store can undo that.
        if guilty == 100 {
            assert_eq!(place.amounts().await, [1, 2, guilty, 3, 4]);
        }
    }
}

#[derive(Projection, Debug)]
#[projection(name = "cutting", schema = "CREATE TABLE ledger (position bigint, account text, amount bigint)")]
pub struct Cutting;

#[event_handler]
impl Cutting {
    /// The amounts that are to fail do so because the connection is cut.
    async fn credited(
        event: &MoneyCredited,
        position: Position,
        probe: Inject<Arc<Probe>>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        probe.note("cutting", String::new(), event.amount);
        let insert = sqlx::query("INSERT INTO ledger VALUES ($1, '', $2)");
        let insert = insert.bind(position.get().cast_signed()).bind(event.amount);
        insert.execute(&mut **tx).await?;
        if probe.obey(event.amount).is_err() {
            sqlx::raw_sql("SELECT pg_terminate_backend(pg_backend_pid())").execute(&mut **tx).await?;
        }
        Ok(())
    }
}

/// It is no fault of the event, however often it happens.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_connection_that_is_cut_costs_no_event_its_tries() {
    if !Service::PostgreSql.answers() {
        return;
    }
    let place = Database::new().await;
    let probe = Probe::new();
    let app = running(place.store(), &probe, Registry::projection::<Cutting>).await;
    // In a batch of its own: what shares one with the other is undone with it.
    let first = credit(&app, "a", 1).await;
    app.wait_for::<Cutting>(&first).await.unwrap();
    probe.fail(13);
    let cut = credit(&app, "a", 13).await;
    let often = usize::try_from(quick().attempts * 3).unwrap();
    tokio::time::timeout(PATIENCE, async {
        while probe.amounts("cutting").iter().filter(|amount| **amount == 13).count() < often {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
    .expect("the event is tried again and again");
    assert_eq!(place.amounts().await, [1]);
    probe.mend();
    app.wait_for::<Cutting>(&cut).await.unwrap();
    assert_eq!(place.amounts().await, [1, 13]);
}
