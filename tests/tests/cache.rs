//! The cache never changes a result: not with another writer on the file, not with dropped futures, not with
//! lost replies, not with a full disk.

use std::{
    future::{Future, poll_fn},
    sync::Arc,
    task::Poll,
    time::Duration,
};

use cqrs::{
    prelude::*,
    registry::Registry,
    store::{Store, StoreError, memory::MemoryStore},
};
use cqrs_tests::{
    audit::audit,
    bank::*,
    faulty::{Fault, FaultyStore},
};

/// An application with the write model alone.
async fn writing(store: impl Store) -> Application {
    writing_with(store, 10).await
}

async fn writing_with(store: impl Store, retries: u32) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<CloseAccount>();
    registry.command::<Transfer>();
    Application::builder().store(store).registry(registry).conflict_retries(retries).start().await.unwrap()
}

struct Two {
    a: Application,
    b: Application,
    _folder: tempfile::TempDir,
}

/// Two applications on one file, as two processes would be; A has cached account `x` with a balance of 100.
async fn two_on_one_file() -> Two {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let a = writing(SqliteStore::open(&path).unwrap()).await;
    let b = writing(SqliteStore::open(&path).unwrap()).await;
    a.dispatch(open("x")).await.unwrap();
    a.dispatch(credit("x", 100)).await.unwrap();
    Two { a, b, _folder: folder }
}

fn open(account: &str) -> OpenAccount {
    OpenAccount { account: AccountId::new(account), owner: "alice".into() }
}

fn credit(account: &str, amount: i64) -> CreditAccount {
    CreditAccount { account: AccountId::new(account), amount }
}

fn debit(account: &str, amount: i64) -> DebitAccount {
    DebitAccount { account: AccountId::new(account), amount }
}

fn close(account: &str) -> CloseAccount {
    CloseAccount { account: AccountId::new(account) }
}

fn balance_refused(error: DispatchError<BankError>) -> i64 {
    match error {
        DispatchError::Rejected(BankError::NotCovered { balance, .. }) => balance,
        other => panic!("expected a rejection, got {other:?}"),
    }
}

#[tokio::test]
async fn a_rejection_sees_what_another_process_wrote() {
    let Two { a, b, _folder } = two_on_one_file().await;
    b.dispatch(debit("x", 70)).await.unwrap();
    assert_eq!(balance_refused(a.dispatch(debit("x", 101)).await.unwrap_err()), 30);
    // And the other way round: what A would reject by its cache, B's credit allows.
    b.dispatch(credit("x", 200)).await.unwrap();
    a.dispatch(debit("x", 230)).await.unwrap();
}

#[tokio::test]
async fn an_empty_decision_sees_what_another_process_wrote() {
    let Two { a, b, _folder } = two_on_one_file().await;
    assert_eq!(a.dispatch(credit("x", 0)).await.unwrap().event_count(), 0);
    b.dispatch(close("x")).await.unwrap();
    let error = a.dispatch(credit("x", 0)).await.unwrap_err();
    assert!(matches!(error, DispatchError::Ended(_)), "{error:?}");
}

#[tokio::test]
async fn a_success_sees_what_another_process_wrote() {
    let Two { a, b, _folder } = two_on_one_file().await;
    b.dispatch(debit("x", 60)).await.unwrap();
    assert_eq!(balance_refused(a.dispatch(debit("x", 50)).await.unwrap_err()), 40);
    b.dispatch(credit("x", 1)).await.unwrap();
    let receipt = a.dispatch(debit("x", 41)).await.unwrap();
    assert_eq!(receipt.version(), Version::new(5));
    assert_eq!(audit(&**b.store()).await["x"].balance, 0);
}

#[tokio::test]
async fn a_refusal_for_want_of_the_aggregate_sees_what_another_process_wrote() {
    let Two { a, b, _folder } = two_on_one_file().await;
    assert!(matches!(a.dispatch(credit("y", 1)).await, Err(DispatchError::NotFound(_))));
    b.dispatch(open("y")).await.unwrap();
    a.dispatch(credit("y", 1)).await.unwrap();
    b.dispatch(close("y")).await.unwrap();
    assert!(matches!(a.dispatch(credit("y", 1)).await, Err(DispatchError::Ended(_))));
    assert!(matches!(a.dispatch(open("y")).await, Err(DispatchError::Ended(_))));
}

/// Polls the future so often, and drops it then: at once, or when it is woken the next time.
async fn poll_and_drop<F: Future>(future: F, times: usize, at_once: bool) -> Option<F::Output> {
    let mut future = Box::pin(future);
    let mut polls = 0;
    poll_fn(move |context| {
        if polls == times {
            return Poll::Ready(None);
        }
        polls += 1;
        match future.as_mut().poll(context) {
            Poll::Ready(output) => Poll::Ready(Some(output)),
            Poll::Pending if at_once && polls == times => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    })
    .await
}

/// Dispatches commands that are dropped ever later, until one completes; each is sent again under its id.
/// The state a dropped command left behind must be of no consequence.
async fn dropped_everywhere(store: impl Store) {
    let app = writing(store).await;
    for account in ["x", "y"] {
        app.dispatch(open(account)).await.unwrap();
        app.dispatch(credit(account, 100_000)).await.unwrap();
    }
    let (mut debits, mut transfers) = (0, 0);
    for at_once in [true, false] {
        debits += drop_until_done(&app, at_once, || debit("x", 3)).await;
        let transfer = || Transfer { from: AccountId::new("x"), to: AccountId::new("y"), amount: 5 };
        transfers += drop_until_done(&app, at_once, transfer).await;
    }
    let told = audit(&**app.store()).await;
    assert_eq!(told["x"].balance, 100_000 - 3 * debits - 5 * transfers);
    assert_eq!(told["y"].balance, 100_000 + 5 * transfers);
    let loaded = app.repository::<Account>().load(&AccountId::new("x")).await.unwrap();
    assert_eq!(loaded.state().unwrap().balance, told["x"].balance);
    // The cache agrees: exactly the balance can be debited.
    app.dispatch(debit("x", told["x"].balance)).await.unwrap();
    assert_eq!(balance_refused(app.dispatch(debit("x", 1)).await.unwrap_err()), 0);
}

async fn drop_until_done<C>(app: &Application, at_once: bool, command: impl Fn() -> C) -> i64
where
    C: cqrs::dispatch::HandledCommand<Error: std::fmt::Debug>,
{
    for times in 0..200 {
        let id = CommandId::generate();
        let dropped =
            poll_and_drop(app.dispatch(command()).command_id(id).into_future(), times, at_once).await;
        let first = app.dispatch(command()).command_id(id).await.unwrap();
        let second = app.dispatch(command()).command_id(id).await.unwrap();
        assert_eq!(first.appended, second.appended);
        assert!(second.repeated);
        if let Some(receipt) = dropped {
            assert_eq!(receipt.unwrap().appended, first.appended);
            return i64::try_from(times).unwrap() + 1;
        }
    }
    panic!("a dispatch needs more than 200 polls");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispatch_dropped_anywhere_harms_nothing_in_memory() {
    dropped_everywhere(FaultyStore::around(MemoryStore::new())).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dispatch_dropped_anywhere_harms_nothing_in_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("bank.db")).unwrap();
    dropped_everywhere(store.clone()).await;
    let folder = tempfile::tempdir().unwrap();
    dropped_everywhere(FaultyStore::around(SqliteStore::open(folder.path().join("bank.db")).unwrap())).await;
}

#[tokio::test]
async fn a_dropped_dispatch_lets_those_behind_it_through() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = writing(store).await;
    app.dispatch(open("x")).await.unwrap();
    let mut held = app.dispatch(credit("x", 1)).into_future();
    assert!(futures_util::poll!(&mut held).is_pending());
    let waiting: Vec<_> = (0..8).map(|_| tokio::spawn(app.dispatch(credit("x", 1)).into_future())).collect();
    tokio::task::yield_now().await;
    drop(held);
    for each in waiting {
        each.await.unwrap().unwrap();
    }
    assert_eq!(audit(&**app.store()).await["x"].balance, 8);
}

async fn with_faults() -> (FaultyStore, Application) {
    let store = FaultyStore::around(MemoryStore::new());
    let app = writing(store.clone()).await;
    app.dispatch(open("x")).await.unwrap();
    app.dispatch(credit("x", 100)).await.unwrap();
    (store, app)
}

#[tokio::test]
async fn a_lost_reply_is_settled_by_the_command_id() {
    let (store, app) = with_faults().await;
    store.next_appends([Fault::LostReply]);
    let receipt = app.dispatch(debit("x", 60)).await.unwrap();
    assert_eq!(receipt.version(), Version::new(3));
    assert_eq!(balance_refused(app.dispatch(debit("x", 60)).await.unwrap_err()), 40);
    assert_eq!(audit(&store).await["x"].events, 3);
}

#[tokio::test]
async fn a_write_that_never_arrived_is_written_again() {
    let (store, app) = with_faults().await;
    store.next_appends([Fault::NeverSent, Fault::NeverSent, Fault::Conflict, Fault::LostReply]);
    app.dispatch(debit("x", 60)).await.unwrap();
    assert_eq!(store.faults_left(), 0);
    assert_eq!(audit(&store).await["x"].balance, 40);
}

#[tokio::test]
async fn a_write_that_lands_late_is_not_mistaken_for_a_refusal() {
    let (store, app) = with_faults().await;
    // The second try finds the money gone, or the account open: by its own first try.
    store.next_appends([Fault::Late]);
    app.dispatch(debit("x", 60)).await.unwrap();
    store.next_appends([Fault::Late]);
    app.dispatch(open("y")).await.unwrap();
    store.next_appends([Fault::Late]);
    app.dispatch(Transfer { from: AccountId::new("x"), to: AccountId::new("y"), amount: 40 }).await.unwrap();
    let told = audit(&store).await;
    assert_eq!((told["x"].balance, told["y"].balance), (0, 40));
}

#[tokio::test]
async fn a_write_of_unknown_fate_is_given_up_as_unknown_and_settled_by_a_second_dispatch() {
    let (store, app) = with_faults().await;
    let id = CommandId::generate();
    store.next_appends(vec![Fault::NeverSent; 11]);
    let error = app.dispatch(debit("x", 60)).command_id(id).await.unwrap_err();
    let DispatchError::OutcomeUnknown { id: told, source } = error else { panic!("{error:?}") };
    assert_eq!(told, id);
    assert!(matches!(source, StoreError::OutcomeUnknown(_)), "{source:?}");
    assert_eq!(store.faults_left(), 0);
    app.dispatch(debit("x", 60)).command_id(id).await.unwrap();
    assert!(app.dispatch(debit("x", 60)).command_id(id).await.unwrap().repeated);
    assert_eq!(audit(&store).await["x"].balance, 40);
}

#[tokio::test(start_paused = true)]
async fn whoever_gave_no_id_learns_it_from_the_error_and_settles_the_command_by_it() {
    let store = FaultyStore::around(MemoryStore::new());
    let app = writing_with(store.clone(), 0).await;
    app.dispatch(open("x")).await.unwrap();
    app.dispatch(credit("x", 100)).await.unwrap();
    for (fault, landed) in [(Fault::LostReply, true), (Fault::NeverSent, false)] {
        store.next_appends([fault]);
        // Ten about the write, and one about the whole command.
        store.next_looks_fail(11);
        let error = app.dispatch(debit("x", 10)).await.unwrap_err();
        let DispatchError::OutcomeUnknown { id, .. } = error else { panic!("{error:?}") };
        assert_eq!(app.dispatch(debit("x", 10)).command_id(id).await.unwrap().repeated, landed);
        assert!(app.dispatch(debit("x", 10)).command_id(id).await.unwrap().repeated);
    }
    assert_eq!(audit(&store).await["x"].balance, 80);
}

#[tokio::test]
async fn a_locked_store_is_an_error_that_can_be_tried_again() {
    let (store, app) = with_faults().await;
    let id = CommandId::generate();
    store.next_appends([Fault::Busy]);
    let error = app.dispatch(debit("x", 60)).command_id(id).await.unwrap_err();
    assert!(error.is_transient() && matches!(error, DispatchError::Store(StoreError::Busy { .. })));
    // The state that was folded for the failed append is nowhere.
    assert_eq!(balance_refused(app.dispatch(debit("x", 101)).await.unwrap_err()), 100);
    app.dispatch(debit("x", 60)).command_id(id).await.unwrap();
    assert_eq!(audit(&store).await["x"].balance, 40);
}

#[tokio::test]
async fn conflicts_without_end_are_given_up() {
    let (store, app) = with_faults().await;
    store.next_appends(vec![Fault::Conflict; 11]);
    let error = app.dispatch(debit("x", 60)).await.unwrap_err();
    assert!(matches!(error, DispatchError::Conflict { attempts: 11, .. }), "{error:?}");
    assert_eq!(store.faults_left(), 0);
    app.dispatch(debit("x", 100)).await.unwrap();
}

/// Two that are one: the second waits for the first, and must find the first's outcome, not its traces.
async fn the_same_command_at_the_same_time(one: &Application, other: &Application) {
    let id = CommandId::generate();
    let opened = tokio::join!(
        one.dispatch(open("twin")).command_id(id).into_future(),
        other.dispatch(open("twin")).command_id(id).into_future()
    );
    assert_eq!(opened.0.unwrap().appended, opened.1.unwrap().appended);
    one.dispatch(credit("twin", 10)).await.unwrap();
    let id = CommandId::generate();
    let debited = tokio::join!(
        one.dispatch(debit("twin", 10)).command_id(id).into_future(),
        other.dispatch(debit("twin", 10)).command_id(id).into_future()
    );
    assert_eq!(debited.0.unwrap().appended, debited.1.unwrap().appended);
    one.dispatch(credit("twin", 10)).await.unwrap();
    let id = CommandId::generate();
    let transfer = || Transfer { from: AccountId::new("twin"), to: AccountId::new("x"), amount: 10 };
    let moved = tokio::join!(
        one.dispatch(transfer()).command_id(id).into_future(),
        other.dispatch(transfer()).command_id(id).into_future()
    );
    assert_eq!(moved.0.unwrap().appended, moved.1.unwrap().appended);
    assert_eq!(audit(&**one.store()).await["twin"].balance, 0);
}

#[tokio::test]
async fn the_same_command_twice_at_the_same_time_has_one_outcome() {
    let (_, app) = with_faults().await;
    the_same_command_at_the_same_time(&app, &app).await;
    let Two { a, b, _folder } = two_on_one_file().await;
    the_same_command_at_the_same_time(&a, &b).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_inside_a_group_loses_nothing_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let full = writing(SqliteStore::builder().max_size(600_000).open(&path).unwrap()).await;
    let outcomes = open_large(&full).await;
    let (stored, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(|(_, outcome)| outcome.is_ok());
    assert!(stored.len() > 10 && refused.len() > 10, "{} and {}", stored.len(), refused.len());
    for (_, error) in refused {
        let error = error.unwrap_err();
        assert!(matches!(error, DispatchError::Store(StoreError::Full(_))), "{error:?}");
    }
    let told = audit(&**full.store()).await;
    assert_eq!(told.len(), stored.len());
    assert!(stored.iter().all(|(number, _)| told.contains_key(&number.to_string())));
    full.shutdown().await.unwrap();

    let roomy = writing(SqliteStore::open(&path).unwrap()).await;
    for (number, outcome) in open_large(&roomy).await {
        let repeated = stored.iter().any(|(before, _)| *before == number);
        assert_eq!(outcome.unwrap().repeated, repeated, "{number}");
    }
    let told = audit(&**roomy.store()).await;
    assert_eq!(told.len(), LARGE);
    assert!(told.values().all(|told| told.events == 1));
    let sound = SqliteStore::open(&path).unwrap().check().await.unwrap();
    assert!(sound.is_sound(), "{sound:?}");
}

const LARGE: usize = 300;

type Outcome = Result<Receipt, DispatchError<std::convert::Infallible>>;

/// Opens accounts with large events, many at once, so that they share transactions.
async fn open_large(app: &Application) -> Vec<(usize, Outcome)> {
    let owner = Arc::new("o".repeat(4_000));
    let opening = (0..LARGE).map(|number| {
        let command = OpenAccount { account: AccountId::new(number), owner: owner.to_string() };
        let id = CommandId::derived("large", number);
        (number, tokio::spawn(app.dispatch(command).command_id(id).into_future()))
    });
    let opening: Vec<_> = opening.collect();
    let mut outcomes = Vec::new();
    for (number, opening) in opening {
        let outcome = tokio::time::timeout(Duration::from_mins(1), opening).await;
        outcomes.push((number, outcome.expect("a command ends").unwrap()));
    }
    outcomes
}
