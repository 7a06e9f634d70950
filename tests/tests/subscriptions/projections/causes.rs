//! A projection that cannot go on says so, with the cause, to whoever starts it or waits for it.

use std::{sync::Arc, time::Duration};

use cqrs::{
    application::StartError,
    handler::BoxError,
    prelude::*,
    projection::RunProjection,
    registry::{Problem, Registry},
    store::Store,
    subscription::WaitError,
};
use cqrs_tests::bank::*;
#[cfg(feature = "postgres")]
use cqrs_tests::services::Service;

#[cfg(feature = "postgres")]
use super::postgres::Database;
use super::{
    super::world::{Probe, ToldToFail, app_with, credit, quick, write_model},
    place::Place,
    running,
    sqlite::File,
};

macro_rules! projections {
    ($sqlite:ident, $postgres:ident, [$($keys:tt)*], $statement:literal) => {
        #[derive(Projection, Debug)]
        #[projection($($keys)*)]
        pub struct $sqlite;

        #[event_handler]
        impl $sqlite {
            fn credited(event: &MoneyCredited, tx: &mut SqliteTransaction<'_>) -> Result<(), SqliteError> {
                tx.execute($statement, [event.amount]).map(drop)
            }
        }

        #[cfg(feature = "postgres")]
        #[derive(Projection, Debug)]
        #[projection($($keys)*)]
        pub struct $postgres;

        #[cfg(feature = "postgres")]
        #[event_handler]
        impl $postgres {
            async fn credited(event: &MoneyCredited, tx: &mut PgTransaction<'_>) -> Result<(), PostgresError> {
                sqlx::query($statement).bind(event.amount).execute(&mut **tx).await.map(drop)
            }
        }
    };
}

projections!(Broken, BrokenInPostgres, [name = "broken", schema = "CREATE TABEL a (b)"], "SELECT $1");
projections!(
    Dangling,
    DanglingInPostgres,
    [name = "dangling", schema = "CREATE VIEW shown AS SELECT * FROM nowhere; CREATE INDEX n ON nowhere (a)"],
    "SELECT $1"
);
projections!(Homeless, HomelessInPostgres, [name = "homeless"], "INSERT INTO nowhere VALUES ($1)");
projections!(
    Once,
    OnceInPostgres,
    [name = "once", schema = "CREATE TABLE once (amount bigint PRIMARY KEY)"],
    "INSERT INTO once VALUES ($1)"
);

async fn refused_at_start<P: Projection<Kind: RunProjection<P>>>(store: impl Store) -> String {
    let mut registry = write_model();
    registry.projection::<P>();
    let error = Application::builder().store(store).registry(registry).start().await.unwrap_err();
    let StartError::Problems(problems) = &error else { panic!("{error}") };
    assert!(matches!(problems[..], [Problem::ProjectionSql { .. }]), "{error}");
    let text = error.to_string();
    assert!(text.contains(&format!("the `schema` of projection `{}` does not run: ", P::NAME)), "{text}");
    assert!(text.contains("causes.rs:"), "{text}");
    text
}

#[tokio::test]
async fn a_schema_that_does_not_run_is_refused_at_start() {
    let place = File::new().await;
    let text = refused_at_start::<Broken>(place.again().await).await;
    assert!(text.contains("near \"TABEL\": syntax error"), "{text}");
    let text = refused_at_start::<Dangling>(place.again().await).await;
    assert!(text.contains("no such table: main.nowhere"), "{text}");
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        let place = Database::new().await;
        let text = refused_at_start::<BrokenInPostgres>(place.again().await).await;
        assert!(text.contains("syntax error at or near \"TABEL\""), "{text}");
        let text = refused_at_start::<DanglingInPostgres>(place.again().await).await;
        assert!(text.contains("relation \"nowhere\" does not exist"), "{text}");
    }
}

/// What whoever waits for the last of two credits of 47 is told.
async fn told<P: Projection<Kind: RunProjection<P>>>(store: impl Store) -> String {
    let app = running(store, &Probe::new(), Registry::projection::<P>).await;
    credit(&app, "a", 47).await;
    let last = credit(&app, "a", 47).await;
    let error = app.wait_for::<P>(&last).await.unwrap_err();
    assert!(matches!(error, WaitError::Stopped { .. }), "{error:?}");
    let text = error.to_string();
    let health = app.health().await;
    assert!(
        health.findings.iter().any(|finding| text.ends_with(finding.rsplit_once("has stopped: ").unwrap().1))
    );
    app.shutdown().await.unwrap();
    text
}

#[tokio::test]
async fn an_error_names_projection_event_and_statement_and_no_value() {
    let named = |text: &str, cause| {
        for part in [
            "projection `once`: event `money-credited` at position 3, version 3 of stream account/a, failed: ",
            "the statement `INSERT INTO once VALUES ($1)` failed: ",
            cause,
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert!(!text.contains("47"), "{text}");
    };
    let text = told::<Once>(File::new().await.again().await).await;
    named(&text, "UNIQUE constraint failed: once.amount");
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        let text = told::<OnceInPostgres>(Database::new().await.again().await).await;
        named(&text, "violates unique constraint");
    }
}

#[tokio::test]
async fn a_table_that_nobody_makes_names_the_key_that_would() {
    let named = |text: &str| {
        for part in ["projection `homeless`", "position 2", "has no `#[projection(schema = ..)]`", "nowhere"]
        {
            assert!(text.contains(part), "{text}");
        }
    };
    let text = told::<Homeless>(File::new().await.again().await).await;
    assert!(text.contains("no such table: nowhere"), "{text}");
    named(&text);
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        named(&told::<HomelessInPostgres>(Database::new().await.again().await).await);
    }
}

/// Does nothing until it is told to.
#[derive(Projection, Default, Debug)]
struct Slow;

#[event_handler]
impl Slow {
    fn credited(&mut self, event: &MoneyCredited, probe: Inject<Arc<Probe>>) -> Result<(), ToldToFail> {
        probe.obey(event.amount)
    }
}

#[tokio::test]
async fn who_waits_chooses_for_how_long() {
    let app = app_with(
        cqrs::store::memory::MemoryStore::new(),
        &Probe::new(),
        quick(),
        Registry::projection::<Slow>,
    )
    .await;
    let receipt = credit(&app, "a", 1).await;
    let beyond = Position::new(receipt.position().get() + 1);
    let limit = Duration::from_millis(50);
    let error = app.wait_for_position::<Slow>(beyond).within(limit).await.unwrap_err();
    let WaitError::NotReached { name, wanted, reached, waited, .. } = error else { panic!("{error}") };
    assert_eq!((name, wanted, reached), ("slow", beyond, receipt.position()));
    assert!(waited >= limit);
    app.wait_for::<Slow>(&receipt).within(Duration::MAX).await.unwrap();
    let _: BoxError = app.wait_for_position::<Slow>(beyond).within(Duration::ZERO).await.unwrap_err().into();
}
