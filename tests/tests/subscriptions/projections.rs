//! Read models: in memory, and in SQLite with rows and checkpoint in one transaction.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use cqrs::{
    application::RebuildError,
    prelude::*,
    registry::Registry,
    store::{DeadLetter, DeadLetterState, memory::MemoryStore},
    subscription::{State, SubscriptionSettings, WaitError},
};
use cqrs_tests::bank::*;

use super::world::*;

const SCHEMA: &str =
    "CREATE TABLE ledger (position INTEGER NOT NULL, account TEXT NOT NULL, amount INTEGER NOT NULL)";

#[derive(Debug, thiserror::Error)]
pub enum Failure {
    #[error(transparent)]
    Sqlite(#[from] SqliteError),
    #[error(transparent)]
    Told(#[from] ToldToFail),
}

/// Writes its row first and fails then, so that only a roll-back removes it.
fn enter(
    name: &'static str,
    (event, account, position): (&MoneyCredited, &AccountId, Position),
    probe: &Probe,
    tx: &SqliteTransaction<'_>,
) -> Result<(), Failure> {
    probe.note(name, account.0.clone(), event.amount);
    tx.execute(
        "INSERT INTO ledger (position, account, amount) VALUES (?1, ?2, ?3)",
        (position.get().cast_signed(), &account.0, event.amount),
    )?;
    Ok(probe.obey(event.amount)?)
}

macro_rules! ledger {
    ($type:ident, $name:literal, $($key:tt)*) => {
        #[derive(Projection, Debug)]
        #[projection(name = $name, $($key)*)]
        pub struct $type;

        #[event_handler]
        impl $type {
            fn credited(
                event: &MoneyCredited,
                account: Id<Account>,
                position: Position,
                probe: Inject<Arc<Probe>>,
                tx: &mut SqliteTransaction<'_>,
            ) -> Result<(), Failure> {
                enter($name, (event, &account, position), &probe, tx)
            }
        }
    };
}

ledger!(Ledger, "ledger", schema = SCHEMA);
ledger!(ParkingLedger, "parking-ledger", schema = SCHEMA, on_failure = park);
ledger!(
    LedgerTwo,
    "ledger",
    version = 2,
    schema = "CREATE TABLE ledger (position INTEGER, account TEXT, amount INTEGER, two TEXT DEFAULT 'two')"
);
ledger!(Book, "book", alias = "ledger", schema = SCHEMA);
ledger!(ResetLedger, "reset-ledger", schema = SCHEMA, reset = "DELETE FROM ledger");

/// In memory.
macro_rules! sums {
    ($type:ident, $name:literal, $($key:tt)*) => {
        #[derive(Projection, Default, Debug)]
        #[projection(name = $name, $($key)*)]
        pub struct $type {
            pub by_account: BTreeMap<String, i64>,
        }

        #[event_handler]
        impl $type {
            fn credited(
                &mut self,
                event: &MoneyCredited,
                account: Id<Account>,
                probe: Inject<Arc<Probe>>,
            ) -> Result<(), ToldToFail> {
                probe.obey(event.amount)?;
                *self.by_account.entry(account.0.clone()).or_default() += event.amount;
                Ok(())
            }
        }
    };
}

sums!(Sums, "sums", version = 1);
sums!(ParkingSums, "parking-sums", on_failure = park);

async fn running(
    store: impl cqrs::store::Store,
    probe: &Arc<Probe>,
    register: impl FnOnce(&mut Registry),
) -> Application {
    app_with(store, probe, quick(), register).await
}

type Row = (i64, String, i64);

async fn rows(store: &SqliteStore) -> Vec<Row> {
    let read = |row: &rusqlite::Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
    let query = move |connection: &rusqlite::Connection| {
        connection
            .prepare("SELECT position, account, amount FROM ledger ORDER BY position")?
            .query_map([], read)?
            .collect::<Result<Vec<Row>, _>>()
    };
    store.query(query).await.unwrap()
}

async fn amounts(store: &SqliteStore) -> Vec<i64> {
    rows(store).await.into_iter().map(|row| row.2).collect()
}

struct File {
    store: SqliteStore,
    folder: tempfile::TempDir,
}

impl File {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self { store: SqliteStore::open(folder.path().join("bank.db")).unwrap(), folder }
    }

    fn again(&self) -> SqliteStore {
        SqliteStore::open(self.folder.path().join("bank.db")).unwrap()
    }
}

#[tokio::test]
async fn a_projection_in_memory_stops_at_a_failure_and_a_rebuild_goes_on() {
    let probe = Probe::new();
    let app = running(MemoryStore::new(), &probe, Registry::projection::<Sums>).await;
    let first = credit(&app, "a", 1).await;
    app.wait_for::<Sums>(&first).await.unwrap();
    probe.fail(13);
    let failing = credit(&app, "a", 13).await;
    let after = credit(&app, "b", 2).await;
    let error = app.wait_for::<Sums>(&failing).await.unwrap_err();
    assert!(matches!(&error, WaitError::Stopped { name: "sums", .. }), "{error}");
    assert!(error.to_string().contains("told to fail at 13"), "{error}");
    app.wait_for::<Sums>(&after).await.unwrap_err();
    // Old, but not wrong; and what it has seen can still be waited for.
    assert_eq!(app.projection::<Sums>().read().by_account, [("a".to_owned(), 1)].into());
    app.wait_for::<Sums>(&first).await.unwrap();
    assert!(matches!(app.status()[0].state, State::Stopped(_)));
    probe.mend();
    app.rebuild::<Sums>().await.unwrap();
    app.wait_for::<Sums>(&after).await.unwrap();
    assert_eq!(
        app.projection::<Sums>().read().by_account,
        [("a".to_owned(), 14), ("b".to_owned(), 2)].into()
    );
}

#[tokio::test]
async fn a_projection_in_memory_that_parks_goes_on_without_the_failing_stream() {
    let probe = Probe::new();
    probe.fail(13);
    probe.panicking.lock().unwrap().insert(14);
    let app = running(MemoryStore::new(), &probe, Registry::projection::<ParkingSums>).await;
    for (account, amount) in [("a", 1), ("a", 13), ("a", 2), ("b", 5), ("c", 14)] {
        credit(&app, account, amount).await;
    }
    let last = credit(&app, "b", 6).await;
    app.wait_for::<ParkingSums>(&last).await.unwrap();
    let sums = app.projection::<ParkingSums>().read().by_account.clone();
    assert_eq!(sums, [("a".to_owned(), 1), ("b".to_owned(), 11)].into());
}

#[tokio::test]
async fn a_projection_in_sqlite_stops_at_a_failure_without_half_a_row() {
    let file = File::new();
    let probe = Probe::new();
    let writer = running(file.again(), &probe, |_| ()).await;
    for (account, amount) in [("a", 1), ("b", 2), ("a", 13), ("b", 3)] {
        credit(&writer, account, amount).await;
    }
    probe.fail(13);
    let settings = SubscriptionSettings { attempts: 3, ..quick() };
    let app = app_with(file.store.clone(), &probe, settings, Registry::projection::<Ledger>).await;
    let error = app.wait_for_position::<Ledger>(Position::new(6)).await.unwrap_err();
    assert!(
        error
            .to_string()
            .contains("event `money-credited` at position 5, version 3 of stream account/a, failed"),
        "{error}"
    );
    assert_eq!(amounts(&file.store).await, [1, 2]);
    assert_eq!(probe.amounts("ledger").iter().filter(|amount| **amount == 13).count(), 3);
    assert_eq!(app.store().subscription("ledger").await.unwrap().unwrap().position, Position::new(4));
    // Mended and started again, it goes on where it was.
    app.shutdown().await.unwrap();
    probe.mend();
    let app = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    app.wait_for_position::<Ledger>(Position::new(6)).await.unwrap();
    assert_eq!(amounts(&file.again()).await, [1, 2, 13, 3]);
}

#[tokio::test]
async fn a_rebuilt_projection_tries_a_failing_event_as_often_as_at_first() {
    let file = File::new();
    let probe = Probe::new();
    probe.fail(13);
    let settings = SubscriptionSettings { attempts: 3, ..quick() };
    let app = app_with(file.store.clone(), &probe, settings, Registry::projection::<Ledger>).await;
    credit(&app, "a", 13).await;
    for tries in [3, 6] {
        app.wait_for_position::<Ledger>(Position::new(2)).await.unwrap_err();
        assert_eq!(probe.amounts("ledger").iter().filter(|amount| **amount == 13).count(), tries);
        app.rebuild::<Ledger>().await.unwrap();
    }
    probe.mend();
    app.wait_for_position::<Ledger>(Position::new(2)).await.unwrap();
    assert_eq!(amounts(&file.store).await, [13]);
}

#[tokio::test]
async fn a_projection_in_sqlite_that_parks_queues_the_stream_and_retries_in_order() {
    let file = File::new();
    let probe = Probe::new();
    probe.fail(13);
    let app = running(file.store.clone(), &probe, Registry::projection::<ParkingLedger>).await;
    let mut positions = Vec::new();
    for (account, amount) in [("a", 1), ("a", 13), ("a", 2), ("b", 5), ("a", 3)] {
        positions.push(credit(&app, account, amount).await.position());
    }
    app.wait_for_position::<ParkingLedger>(positions[4]).await.unwrap();
    assert_eq!(amounts(&file.store).await, [1, 5]);
    let letters = app.dead_letters("parking-ledger").list().await.unwrap();
    let states: Vec<_> = letters.iter().map(|letter| (letter.key.position, letter.state)).collect();
    let [failed, queued] = [DeadLetterState::Failed, DeadLetterState::Queued];
    assert_eq!(states, [(positions[1], failed), (positions[2], queued), (positions[4], queued)]);
    probe.mend();
    app.dead_letters("parking-ledger").retry(positions[1]).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(amounts(&file.store).await, [1, 13, 2, 5, 3]);
    let told: Vec<_> =
        probe.calls().into_iter().filter(|call| call.account == "a").map(|call| call.amount).collect();
    assert!(told.ends_with(&[13, 2, 3]), "{told:?}");
    let last = credit(&app, "a", 4).await;
    app.wait_for::<ParkingLedger>(&last).await.unwrap();
    assert_eq!(amounts(&file.store).await, [1, 13, 2, 5, 3, 4]);
}

#[tokio::test]
async fn a_skipped_event_of_a_projection_is_given_up() {
    let file = File::new();
    let probe = Probe::new();
    probe.panicking.lock().unwrap().insert(13);
    let app = running(file.store.clone(), &probe, Registry::projection::<ParkingLedger>).await;
    let failing = credit(&app, "a", 13).await;
    credit(&app, "a", 1).await;
    let letters = until_letters(&app, "parking-ledger", |letters| letters.len() == 2).await;
    assert!(letters[0].error.contains("told to panic"), "{}", letters[0].error);
    app.dead_letters("parking-ledger").skip(failing.position()).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(amounts(&file.store).await, [1]);
}

async fn rebuilt<P>(file: &File, probe: &Arc<Probe>)
where
    P: Projection<Kind: cqrs::projection::RunProjection<P>>,
{
    let app = running(file.store.clone(), probe, Registry::projection::<P>).await;
    for amount in 1..=5 {
        credit(&app, "a", amount).await;
    }
    let last = credit(&app, "b", 6).await;
    app.wait_for::<P>(&last).await.unwrap();
    let before = rows(&file.store).await;
    app.rebuild::<P>().await.unwrap();
    let after = credit(&app, "b", 7).await;
    app.wait_for::<P>(&after).await.unwrap();
    let rebuilt = rows(&file.store).await;
    assert_eq!((rebuilt.len(), &rebuilt[..6]), (7, &before[..]));
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_rebuild_begins_anew_by_schema_or_by_reset() {
    rebuilt::<Ledger>(&File::new(), &Probe::new()).await;
    rebuilt::<ResetLedger>(&File::new(), &Probe::new()).await;
    let app = running(File::new().store, &Probe::new(), |_| ()).await;
    assert!(matches!(app.rebuild::<Ledger>().await, Err(RebuildError::NotRunning("ledger"))));
    assert!(matches!(
        app.wait_for_position::<Ledger>(Position::new(1)).await,
        Err(WaitError::NotRunning("ledger"))
    ));
}

#[tokio::test]
async fn a_raised_version_builds_anew_and_an_older_program_stops() {
    let file = File::new();
    let probe = Probe::new();
    let old = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    let first = credit(&old, "a", 1).await;
    old.wait_for::<Ledger>(&first).await.unwrap();
    let new = running(file.again(), &probe, Registry::projection::<LedgerTwo>).await;
    new.wait_for::<LedgerTwo>(&first).await.unwrap();
    assert_eq!(amounts(&file.store).await, [1]);
    let columns = "SELECT count(*) FROM ledger WHERE two = 'two'";
    let twos = file.store.query(|connection| connection.query_row(columns, [], |row| row.get::<_, i64>(0)));
    assert_eq!(twos.await.unwrap(), 1);
    // The old program, still running, must not write into the new one's table.
    let second = credit(&old, "a", 2).await;
    let error = old.wait_for::<Ledger>(&second).await.unwrap_err();
    assert!(error.to_string().contains("built as version 2"), "{error}");
    new.wait_for::<LedgerTwo>(&second).await.unwrap();
    assert_eq!(amounts(&file.store).await, [1, 2]);
    old.shutdown().await.unwrap();
    let old = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    assert!(matches!(old.wait_for::<Ledger>(&first).await, Err(WaitError::Stopped { .. })));
}

#[tokio::test]
async fn a_renamed_projection_keeps_its_checkpoint_and_can_be_rebuilt() {
    let file = File::new();
    let probe = Probe::new();
    let before = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    let first = credit(&before, "a", 1).await;
    before.wait_for::<Ledger>(&first).await.unwrap();
    before.shutdown().await.unwrap();
    let after = running(file.again(), &probe, Registry::projection::<Book>).await;
    let second = credit(&after, "a", 2).await;
    after.wait_for::<Book>(&second).await.unwrap();
    assert_eq!((probe.amounts("ledger"), probe.amounts("book")), (vec![1], vec![2]));
    assert_eq!(amounts(&file.store).await, [1, 2]);
    after.rebuild::<Book>().await.unwrap();
    after.wait_for::<Book>(&second).await.unwrap();
    assert_eq!(amounts(&file.store).await, [1, 2]);
}

#[tokio::test]
async fn whoever_waits_is_told_of_the_shutdown() {
    let file = File::new();
    let app = running(file.store.clone(), &Probe::new(), Registry::projection::<Ledger>).await;
    let waiting = app.clone();
    let waiting =
        tokio::spawn(async move { waiting.wait_for_position::<Ledger>(Position::new(1_000)).await });
    tokio::task::yield_now().await;
    app.shutdown().await.unwrap();
    assert_eq!(waiting.await.unwrap(), Err(WaitError::ShuttingDown));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_batch_cut_short_by_its_budget_skips_and_doubles_nothing() {
    let file = File::new();
    let probe = Probe::new();
    let writer = running(file.again(), &probe, |_| ()).await;
    for amount in 1..=150 {
        credit(&writer, "a", amount).await;
    }
    probe.fail(77);
    // Each batch is one event long, and one in the middle fails twice before it is parked.
    let settings = SubscriptionSettings { write_budget: Duration::ZERO, batch: 40, ..quick() };
    let app = app_with(file.store.clone(), &probe, settings, Registry::projection::<ParkingLedger>).await;
    app.wait_for_position::<ParkingLedger>(Position::new(151)).await.unwrap();
    assert_eq!(amounts(&file.store).await, (1..77).collect::<Vec<_>>());
    assert_eq!(app.dead_letters("parking-ledger").list().await.unwrap().len(), 74);
    probe.mend();
    app.dead_letters("parking-ledger").retry(Position::new(78)).await.unwrap();
    until_letters(&app, "parking-ledger", <[DeadLetter]>::is_empty).await;
    assert_eq!(amounts(&file.store).await, (1..=150).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_applications_that_run_one_projection_write_each_row_once() {
    let file = File::new();
    let probe = Probe::new();
    let one = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    let other = running(file.again(), &probe, Registry::projection::<Ledger>).await;
    let write = async |app: &Application, account: &str| {
        let mut last = credit(app, account, 1).await;
        for amount in 2..=100 {
            last = credit(app, account, amount).await;
        }
        last
    };
    let (last, last_of_other) = tokio::join!(write(&one, "a"), write(&other, "b"));
    for app in [&one, &other] {
        app.wait_for::<Ledger>(&last).await.unwrap();
        app.wait_for::<Ledger>(&last_of_other).await.unwrap();
    }
    let mut found: Vec<_> = rows(&file.store).await.into_iter().map(|row| (row.1, row.2)).collect();
    found.sort();
    let expected =
        ["a", "b"].into_iter().flat_map(|account| (1..=100).map(move |amount| (account.to_owned(), amount)));
    assert_eq!(found, expected.collect::<Vec<_>>());
}

#[tokio::test]
async fn a_projection_on_a_full_disk_goes_on_when_there_is_room() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let probe = Probe::new();
    let store = SqliteStore::builder().max_size(300_000).open(&path).unwrap();
    let full = running(store, &probe, Registry::projection::<Ledger>).await;
    let mut amount = 0;
    let refused = loop {
        let command = CreditAccount { account: AccountId::new("a"), amount: amount + 1 };
        match full.dispatch(command).await {
            Ok(_) => amount += 1,
            Err(DispatchError::NotFound(_)) => {
                let open = OpenAccount { account: AccountId::new("a"), owner: "alice".into() };
                full.dispatch(open).await.unwrap();
            }
            Err(error) => break error,
        }
    };
    assert!(matches!(refused, DispatchError::Store(cqrs::store::StoreError::Full(_))), "{refused:?}");
    let stopped = full.status().iter().any(|status| matches!(status.state, State::Stopped(_)));
    assert!(!stopped, "it waits for room");
    full.shutdown().await.unwrap();
    let roomy = running(SqliteStore::open(&path).unwrap(), &probe, Registry::projection::<Ledger>).await;
    let last = credit(&roomy, "a", amount + 1).await;
    roomy.wait_for::<Ledger>(&last).await.unwrap();
    assert_eq!(amounts(&SqliteStore::open(&path).unwrap()).await, (1..=amount + 1).collect::<Vec<_>>());
}
