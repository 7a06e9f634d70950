//! From a command to its events: everything a caller may do, and what it gets.
#![allow(missing_docs, reason = "the domain is a test's")]

mod behind_errors;
mod detached;
mod empty;
mod guards;
mod reserved;
mod roots;
mod undecodable;

use std::{future::IntoFuture, sync::Arc, time::Duration};

use cqrs::{
    CausationId, StreamId,
    application::HistoryEntry,
    event::Payload,
    prelude::*,
    repository::{DecisionError, SaveError},
    store::{
        Append, EventQuery, EventStore, Expected, NewEvent, Snapshot, SnapshotStore, Store, StoreError,
        StreamWrite, memory::MemoryStore, read_page,
    },
};
use cqrs_tests::{
    audit::{all_events, audit},
    bank::*,
};
use serde::{Deserialize, Serialize};
use tokio::sync::Notify;

// A machine with a handler for each way to misbehave.

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct MachineBuilt;

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct PartMade {
    pub weight: u32,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct BuildMachine(#[command(id)] pub u32);

/// Decides to build a machine that is there.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct RebuildMachine(#[command(id)] pub u32);

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct MakePart {
    #[command(id)]
    pub machine: u32,
    pub weight: u32,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Explode(#[command(id)] pub u32);

/// Waits until told, and longer than it may.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Hang(#[command(id)] pub u32);

/// Dispatches another command to a machine, from within the handler.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Ask {
    #[command(id)]
    pub machine: u32,
    pub other: u32,
}

/// The same, by a task that it spawns and waits for.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct AskByTask(#[command(id)] pub u32);

/// Signals from within and into handlers.
#[derive(Debug, Default)]
pub struct Signals {
    pub hanging: Notify,
    pub go_on: Notify,
}

#[derive(Debug, thiserror::Error)]
#[error("the other machine did not do it: {0}")]
pub struct Unanswered(String);

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = u32, snapshot_every = 3)]
pub struct Machine {
    pub parts: u32,
    pub weight: u32,
}

#[event_handler]
impl Machine {
    fn built(_: &MachineBuilt) -> Self {
        Self { parts: 0, weight: 0 }
    }

    /// Cannot bear a part of weight 13.
    fn made(&mut self, event: &PartMade) {
        assert_ne!(event.weight, 13, "the machine broke");
        self.parts += 1;
        self.weight += event.weight;
    }
}

#[command_handler]
impl Machine {
    fn build(_: BuildMachine) -> MachineBuilt {
        MachineBuilt
    }

    fn rebuild(&self, _: RebuildMachine) -> (PartMade, MachineBuilt) {
        (PartMade { weight: 1 }, MachineBuilt)
    }

    fn make(&self, command: MakePart) -> PartMade {
        PartMade { weight: command.weight }
    }

    async fn explode(&self, _: Explode) -> PartMade {
        tokio::task::yield_now().await;
        panic!("the machine exploded with {} parts", self.parts)
    }

    async fn hang(&self, _: Hang, signals: Inject<Arc<Signals>>) -> PartMade {
        signals.hanging.notify_one();
        signals.go_on.notified().await;
        PartMade { weight: 2 }
    }

    async fn ask(&self, command: Ask, dispatcher: Inject<Dispatcher>) -> Result<(), Unanswered> {
        let make = MakePart { machine: command.other, weight: 1 };
        dispatcher.dispatch(make).await.map(drop).map_err(|error| Unanswered(format!("{error:?}")))
    }

    async fn ask_by_task(
        &self,
        command: AskByTask,
        dispatcher: Inject<Dispatcher>,
    ) -> Result<(), Unanswered> {
        let make = dispatcher.dispatch(MakePart { machine: command.0, weight: 1 }).into_future();
        let outcome = tokio::spawn(make).await.expect("the task ends well");
        outcome.map(drop).map_err(|error| Unanswered(format!("{error:?}")))
    }
}

async fn app_on(store: impl Store) -> Application {
    Application::builder().store(store).provide(Arc::<Signals>::default()).start().await.unwrap()
}

async fn app() -> Application {
    app_on(MemoryStore::new()).await
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

async fn with_account(app: &Application, account: &str, balance: i64) {
    app.dispatch(open(account)).await.unwrap();
    app.dispatch(credit(account, balance)).await.unwrap();
}

fn account_stream(account: &str) -> StreamId {
    StreamId::of("account", account)
}

// Idempotency.

#[tokio::test]
async fn the_same_command_id_gives_the_first_receipt_again() {
    let app = app().await;
    let id = CommandId::generate();
    let first = app.dispatch(open("a")).command_id(id).await.unwrap();
    assert!(!first.repeated);
    app.dispatch(credit("a", 5)).await.unwrap();
    // It would be refused now: looked up before the existence check.
    let again = app.dispatch(open("a")).command_id(id).await.unwrap();
    assert!(again.repeated);
    assert_eq!(again.appended, first.appended);
    // Even when the account has ended.
    app.dispatch(CloseAccount { account: AccountId::new("a") }).await.unwrap();
    assert_eq!(app.dispatch(open("a")).command_id(id).await.unwrap().appended, first.appended);
    assert_eq!(all_events(&**app.store()).await.len(), 3);
}

#[tokio::test]
async fn the_id_that_nobody_gave_can_be_kept_for_another_try() {
    let app = app().await;
    let dispatch = app.dispatch(open("a"));
    let id = dispatch.id();
    let first = dispatch.await.unwrap();
    assert_eq!(first.command_id, id);
    let again = app.dispatch(open("a")).command_id(id);
    assert_eq!(again.id(), id);
    let again = again.await.unwrap();
    assert!(again.repeated && again.appended == first.appended);
}

#[tokio::test]
async fn a_command_id_with_another_payload_is_refused() {
    let app = app().await;
    with_account(&app, "a", 10).await;
    let id = CommandId::generate();
    app.dispatch(credit("a", 1)).command_id(id).await.unwrap();
    let error = app.dispatch(credit("a", 2)).command_id(id).await.unwrap_err();
    assert!(
        matches!(error, DispatchError::CommandIdReused { id: reused, ref name } if reused == id && name == "credit-account")
    );
    let error = app.dispatch(debit("a", 1)).command_id(id).await.unwrap_err();
    assert!(matches!(error, DispatchError::CommandIdReused { .. }), "{error:?}");
    assert_eq!(audit(&**app.store()).await["a"].balance, 11);
}

#[tokio::test]
async fn what_was_rejected_is_decided_again_and_what_was_empty_is_not() {
    let app = app().await;
    app.dispatch(open("a")).await.unwrap();
    let id = CommandId::generate();
    let error = app.dispatch(debit("a", 5)).command_id(id).await.unwrap_err();
    assert!(matches!(error, DispatchError::Rejected(BankError::NotCovered { balance: 0, amount: 5 })));
    app.dispatch(credit("a", 5)).await.unwrap();
    let receipt = app.dispatch(debit("a", 5)).command_id(id).await.unwrap();
    assert!(!receipt.repeated);
    let id = CommandId::generate();
    assert_eq!(app.dispatch(credit("a", 0)).command_id(id).await.unwrap().event_count(), 0);
    assert!(app.dispatch(credit("a", 0)).command_id(id).await.unwrap().repeated);
}

#[tokio::test]
async fn a_function_over_several_aggregates_is_idempotent_too() {
    let app = app().await;
    with_account(&app, "a", 10).await;
    with_account(&app, "b", 10).await;
    let transfer = || Transfer { from: AccountId::new("a"), to: AccountId::new("b"), amount: 10 };
    let id = CommandId::derived("transfers", 1);
    let first = app.dispatch(transfer()).command_id(id).await.unwrap();
    let again = app.dispatch(transfer()).command_id(id).await.unwrap();
    assert_eq!((first.appended.streams.len(), again.repeated), (2, true));
    assert_eq!(first.appended, again.appended);
}

// Expected versions and conflicts.

#[tokio::test]
async fn a_caller_that_names_a_version_gets_the_conflict() {
    let app = app().await;
    with_account(&app, "a", 10).await;
    let error = app.dispatch(credit("a", 1)).expected_version(Version::new(1)).await.unwrap_err();
    let DispatchError::Conflict { stream, expected, actual, .. } = error else { panic!("{error:?}") };
    assert_eq!((stream, expected), (account_stream("a"), Expected::Exactly(Version::new(1))));
    assert_eq!(actual, Version::new(2));
    app.dispatch(credit("a", 1)).expected_version(Version::new(2)).await.unwrap();
    let absent = app.dispatch(open("b")).expected_version(Version::new(1)).await.unwrap_err();
    assert!(matches!(absent, DispatchError::Conflict { .. }), "{absent:?}");
    app.dispatch(open("b")).expected_version(Version::NONE).await.unwrap();
    let transfer = Transfer { from: AccountId::new("a"), to: AccountId::new("b"), amount: 1 };
    let error = app.dispatch(transfer).expected_version(Version::new(3)).await.unwrap_err();
    assert!(matches!(error, DispatchError::NoSingleAggregate));
}

#[tokio::test]
async fn an_expected_version_is_held_against_the_store_not_the_cache() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let one = app_on(SqliteStore::open(&path).unwrap()).await;
    let other = app_on(SqliteStore::open(&path).unwrap()).await;
    with_account(&one, "a", 10).await;
    other.dispatch(credit("a", 1)).await.unwrap();
    // One's cache stands at version 2, where the stream no longer is.
    let error = one.dispatch(credit("a", 1)).expected_version(Version::new(2)).await.unwrap_err();
    assert!(
        matches!(error, DispatchError::Conflict { actual, .. } if actual == Version::new(3)),
        "{error:?}"
    );
    other.dispatch(credit("a", 1)).await.unwrap();
    one.dispatch(credit("a", 1)).expected_version(Version::new(4)).await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sixty_four_tasks_on_one_aggregate_through_two_applications_all_succeed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let options = || SqliteStore::builder().synchronous(cqrs::store::sqlite::Synchronous::Off);
    let one = app_on(options().open(&path).unwrap()).await;
    let other = app_on(options().open(&path).unwrap()).await;
    app_on(options().open(&path).unwrap()).await.dispatch(open("hot")).await.unwrap();
    let tasks: Vec<_> = (0..64)
        .map(|number| {
            let app = if number % 2 == 0 { one.clone() } else { other.clone() };
            tokio::spawn(async move {
                for _ in 0..5 {
                    app.dispatch(credit("hot", 1)).await.unwrap();
                }
            })
        })
        .collect();
    for task in tasks {
        task.await.unwrap();
    }
    let told = audit(&**one.store()).await;
    assert_eq!((told["hot"].balance, told["hot"].events), (320, 321));
}

// Existence.

#[tokio::test]
async fn a_handler_is_asked_only_if_its_aggregate_exists_as_it_says() {
    let app = app().await;
    assert!(
        matches!(app.dispatch(debit("a", 1)).await, Err(DispatchError::NotFound(stream)) if stream == account_stream("a"))
    );
    app.dispatch(open("a")).await.unwrap();
    assert!(
        matches!(app.dispatch(open("a")).await, Err(DispatchError::AlreadyExists(stream)) if stream == account_stream("a"))
    );
    app.dispatch(CloseAccount { account: AccountId::new("a") }).await.unwrap();
    assert!(matches!(app.dispatch(open("a")).await, Err(DispatchError::Ended(_))));
    assert!(matches!(app.dispatch(credit("a", 1)).await, Err(DispatchError::Ended(_))));
    // Not only in the cache that saw the end.
    let other = app_on(MemoryStore::clone(app.store().as_any().downcast_ref().unwrap())).await;
    assert!(matches!(other.dispatch(open("a")).await, Err(DispatchError::Ended(_))));
    assert_eq!(all_events(&**app.store()).await.len(), 2);
}

#[tokio::test]
async fn an_invalid_decision_is_never_stored_as_a_whole() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    let error = app.dispatch(RebuildMachine(1)).await.unwrap_err();
    assert!(
        matches!(error, DispatchError::InvalidDecision(DecisionError::Fold { name: "machine-built", .. })),
        "{error:?}"
    );
    assert_eq!(all_events(&**app.store()).await.len(), 1);
    // The part that was folded before the mistake is nowhere.
    app.dispatch(MakePart { machine: 1, weight: 5 }).await.unwrap();
    assert_eq!(app.repository::<Machine>().load(&1).await.unwrap().state().unwrap().weight, 5);
}

// Handlers that misbehave.

#[tokio::test]
async fn a_handler_that_dispatches_to_the_aggregate_it_holds_gets_an_error() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    app.dispatch(BuildMachine(2)).await.unwrap();
    let error = app.dispatch(Ask { machine: 1, other: 1 }).await.unwrap_err();
    assert!(
        matches!(&error, DispatchError::Rejected(Unanswered(text)) if text.contains("Reentrant")),
        "{error:?}"
    );
    app.dispatch(Ask { machine: 1, other: 2 }).await.unwrap();
    // Each holds what the other asks for: neither waits for ever.
    let (one, other) = tokio::join!(
        app.dispatch(Ask { machine: 1, other: 2 }).into_future(),
        app.dispatch(Ask { machine: 2, other: 1 }).into_future()
    );
    one.unwrap();
    other.unwrap();
    let load = async |machine: u32| app.repository::<Machine>().load(&machine).await.unwrap();
    assert_eq!((load(1).await.state().unwrap().parts, load(2).await.state().unwrap().parts), (1, 2));
}

#[tokio::test]
async fn a_handler_that_panics_fails_that_command_alone() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    for _ in 0..2 {
        let error = app.dispatch(Explode(1)).await.unwrap_err();
        assert!(
            matches!(&error, DispatchError::Panicked(text) if text == "the machine exploded with 0 parts"),
            "{error:?}"
        );
    }
    app.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap();
    assert_eq!(app.history().failures(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn an_event_handler_of_the_aggregate_that_panics_fails_that_command_alone() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    let error = app.dispatch(MakePart { machine: 1, weight: 13 }).await.unwrap_err();
    assert!(
        matches!(&error, DispatchError::Panicked(text) if text.contains("the machine broke")),
        "{error:?}"
    );
    app.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap();
    assert_eq!(all_events(&**app.store()).await.len(), 2);
}

async fn a_history_that_cannot_be_folded(store: impl Store + Clone) {
    let app = app_on(store.clone()).await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    app.dispatch(BuildMachine(2)).await.unwrap();
    let broken = NewEvent {
        id: cqrs::EventId::generate(),
        name: "part-made".into(),
        schema_version: 1,
        payload: Payload::from_json(r#"{"weight":13}"#),
        tags: vec![],
    };
    let write =
        StreamWrite { stream: StreamId::of("machine", 1), expected: Expected::Exists, events: vec![broken] };
    let append = Append { writes: vec![write], command: None, metadata: Metadata::new() };
    store.append(append).await.unwrap();
    let fresh = app_on(store).await;
    for _ in 0..6 {
        let error = fresh.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap_err();
        assert!(matches!(error.code(), "panicked" | "load"), "{error:?}");
    }
    fresh.dispatch(MakePart { machine: 2, weight: 1 }).await.unwrap();
}

#[tokio::test]
async fn a_history_whose_folding_panics_fails_the_commands_of_that_stream_alone() {
    a_history_that_cannot_be_folded(MemoryStore::new()).await;
    let folder = tempfile::tempdir().unwrap();
    a_history_that_cannot_be_folded(SqliteStore::open(folder.path().join("bank.db")).unwrap()).await;
}

#[tokio::test]
async fn a_handler_over_its_time_limit_frees_its_aggregate() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    let limit = Duration::from_millis(20);
    let hanging = tokio::spawn(app.dispatch(Hang(1)).time_limit(limit).into_future());
    // It waits behind the one that hangs, and comes through.
    let waiting = tokio::spawn(app.dispatch(MakePart { machine: 1, weight: 1 }).into_future());
    let error = hanging.await.unwrap().unwrap_err();
    assert!(matches!(error, DispatchError::TimedOut(found) if found.limit == limit) && error.is_transient());
    waiting.await.unwrap().unwrap();
    assert_eq!(all_events(&**app.store()).await.len(), 2);
}

/// A task does not know who has spawned it, so its command waits in the queue; the error says who waits for whom.
#[tokio::test]
async fn a_handler_that_waits_for_a_task_which_waits_for_it_is_told_by_its_time_limit() {
    let app = app().await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    let limit = Duration::from_millis(50);
    let error = app.dispatch(AskByTask(1)).time_limit(limit).await.unwrap_err();
    let DispatchError::TimedOut(overrun) = &error else { panic!("{error:?}") };
    assert_eq!((overrun.limit, overrun.waiting), (limit, Some("make-part")));
    assert!(error.to_string().contains("while `make-part` waited for the aggregate it holds"), "{error}");
    // With nobody behind it there is nobody to name.
    let error = app.dispatch(Hang(1)).time_limit(limit).await.unwrap_err();
    assert!(matches!(error, DispatchError::TimedOut(overrun) if overrun.waiting.is_none()), "{error:?}");
    // The task goes on once the handler is given up: its command is one of its own.
    assert_eq!(all_events(&**app.store()).await.len(), 2);
}

// What is kept about commands.

#[tokio::test]
async fn failures_are_kept_and_found_by_correlation_id_between_the_events() {
    let app = app().await;
    let business = cqrs::CorrelationId::generate();
    app.dispatch(open("a")).correlation_id(business).actor("bob").await.unwrap();
    let id = CommandId::generate();
    app.dispatch(debit("a", 1)).correlation_id(business).actor("bob").command_id(id).await.unwrap_err();
    app.dispatch(credit("a", 1)).correlation_id(business).await.unwrap();
    app.dispatch(debit("b", 1)).await.unwrap_err();
    let entries = app.history().by_correlation_id(business).await.unwrap();
    let [HistoryEntry::Event(opened), HistoryEntry::Failure(failure), HistoryEntry::Event(credited)] =
        &entries[..]
    else {
        panic!("{entries:?}")
    };
    assert_eq!(
        (opened.envelope.name.as_str(), credited.envelope.name.as_str()),
        ("account-opened", "money-credited")
    );
    assert_eq!(
        (failure.command_id, failure.name.as_str(), failure.code.as_str()),
        (id, "debit-account", "rejected")
    );
    assert_eq!(failure.stream, Some(account_stream("a")));
    assert_eq!(failure.metadata.actor.as_deref(), Some("bob"));
    assert!(failure.error.contains("balance of 0 does not cover 1"), "{}", failure.error);
    assert_eq!(app.history().failures(10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn failures_are_not_kept_if_told_not_to() {
    let app = Application::builder()
        .store(MemoryStore::new())
        .provide(Arc::<Signals>::default())
        .record_failures(false)
        .start()
        .await
        .unwrap();
    app.dispatch(debit("b", 1)).await.unwrap_err();
    assert!(app.history().failures(10).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_command_as_json_is_checked_whole() {
    let app = app().await;
    app.dispatch_json("open-account", r#"{"account":"a","owner":"alice"}"#).await.unwrap();
    let refused = async |name: &str, json: &str| app.dispatch_json(name, json).await.unwrap_err();
    assert!(
        matches!(refused("open-acount", "{}").await, DispatchError::UnknownCommand(name) if name == "open-acount")
    );
    for (json, says) in [
        (r#"{"account":"b"}"#, "missing field `owner`"),
        (r#"{"account":"b","owner":"x","limit":1}"#, "unknown field `limit`"),
        (r#"{"account":["b"],"owner":"x"}"#, "invalid type"),
        (r#"{"account":"b","owner":"x"} {}"#, "trailing"),
        (r#"{"account":"b","owner":"x""#, "EOF"),
        ("", "EOF"),
    ] {
        let error = refused("open-account", json).await;
        let DispatchError::Malformed { name, reason } = error else { panic!("{error:?}") };
        assert!(name == "open-account" && reason.to_string().contains(says), "{reason} for {json}");
    }
    let error = refused("build-machine", r#""seven""#).await;
    assert!(matches!(error, DispatchError::Malformed { .. }), "{error:?}");
    let error = refused("make-part", r#"{"machine":-1,"weight":1}"#).await;
    assert!(matches!(error, DispatchError::Malformed { .. }), "{error:?}");
    // A rejection keeps its value.
    let error = refused("debit-account", r#"{"account":"a","amount":1}"#).await;
    let DispatchError::Rejected(reason) = error else { panic!("{error:?}") };
    assert_eq!(reason.downcast_ref(), Some(&BankError::NotCovered { balance: 0, amount: 1 }));
    // And is an error like any other, for `?`.
    let error: Box<dyn std::error::Error + Send + Sync> =
        refused("debit-account", r#"{"account":"a","amount":1}"#).await.into();
    let cause = error.source().expect("the rejection").to_string();
    assert_eq!(cause, BankError::NotCovered { balance: 0, amount: 1 }.to_string());
    assert_eq!(all_events(&**app.store()).await.len(), 1);
}

#[tokio::test]
async fn metadata_goes_from_the_command_to_its_events_and_on() {
    let app = app().await;
    let business = cqrs::CorrelationId::generate();
    let id = CommandId::generate();
    app.dispatch(open("a"))
        .command_id(id)
        .correlation_id(business)
        .actor("alice")
        .on_behalf_of("bob")
        .tenant("north")
        .header("source", "branch 7")
        .await
        .unwrap();
    let opened = all_events(&**app.store()).await.remove(0);
    let metadata = &opened.envelope.metadata;
    assert_eq!((metadata.correlation_id, metadata.causation_id), (business, Some(id.into())));
    assert_eq!((metadata.actor.as_deref(), metadata.on_behalf_of.as_deref()), (Some("alice"), Some("bob")));
    assert_eq!(
        (metadata.tenant.as_deref(), metadata.headers["source"].as_str()),
        (Some("north"), "branch 7")
    );

    let follow = app.dispatch(credit("a", 1)).caused_by(&opened.envelope).await.unwrap();
    let credited = all_events(&**app.store()).await.remove(1);
    let metadata = &credited.envelope.metadata;
    assert_eq!((metadata.correlation_id, metadata.actor.as_deref()), (business, Some("alice")));
    assert_eq!(metadata.causation_id, Some(CausationId::from(follow.command_id)));
    // A first cause correlates by its own id.
    let receipt = app.dispatch(open("b")).await.unwrap();
    let last = all_events(&**app.store()).await.remove(2);
    assert_eq!(last.envelope.metadata.correlation_id.as_uuid(), receipt.command_id.as_uuid());
}

// Several aggregates.

#[tokio::test]
async fn a_transfer_moves_between_two_accounts_or_not_at_all() {
    let app = app().await;
    with_account(&app, "a", 10).await;
    with_account(&app, "b", 0).await;
    let transfer = |amount| Transfer { from: AccountId::new("a"), to: AccountId::new("b"), amount };
    app.dispatch(transfer(10)).await.unwrap();
    let error = app.dispatch(transfer(1)).await.unwrap_err();
    assert!(matches!(error, DispatchError::Rejected(BankError::NotCovered { .. })), "{error:?}");
    app.dispatch(debit("a", 0)).await.unwrap();
    let told = audit(&**app.store()).await;
    assert_eq!((told["a"].balance, told["b"].balance), (0, 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn transfers_that_conflict_are_decided_again_and_stay_atomic() {
    let app = app().await;
    for account in ["a", "b", "c"] {
        with_account(&app, account, 100).await;
    }
    let tasks = (0..32).map(|number: usize| {
        let app = app.clone();
        let names = ["a", "b", "c"];
        tokio::spawn(async move {
            for step in 0..10 {
                let (from, to) = (names[number % 3], names[(number + 1 + step % 2) % 3]);
                let transfer = Transfer { from: AccountId::new(from), to: AccountId::new(to), amount: 1 };
                // Conflicts may outlast the retries here; half a transfer may never be.
                match app.dispatch(transfer).await {
                    Ok(receipt) => assert_eq!(receipt.appended.streams.len(), 2),
                    Err(error) => assert!(
                        matches!(error, DispatchError::Conflict { .. } | DispatchError::Rejected(_)),
                        "{error:?}"
                    ),
                }
                app.dispatch(credit(from, 1)).await.unwrap();
                app.dispatch(debit(from, 1)).await.unwrap();
            }
        })
    });
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
    let told = audit(&**app.store()).await;
    assert_eq!(told.values().map(|told| told.balance).sum::<i64>(), 300);
}

#[tokio::test]
async fn roots_saved_together_are_all_stored_or_none() {
    let app = app().await;
    with_account(&app, "a", 10).await;
    with_account(&app, "b", 10).await;
    let accounts = app.repository::<Account>();
    let mut one = accounts.load(&AccountId::new("a")).await.unwrap();
    let mut other = accounts.load(&AccountId::new("b")).await.unwrap();
    one.record(MoneyDebited { amount: 1 }).unwrap();
    other.record(MoneyCredited { amount: 1 }).unwrap();
    app.dispatch(credit("b", 5)).await.unwrap();
    let error = app.save_together(&mut [&mut one, &mut other]).await.unwrap_err();
    assert!(
        matches!(error, SaveError::Store(StoreError::Conflict { ref stream, .. }) if *stream == account_stream("b")),
        "{error:?}"
    );
    let told = audit(&**app.store()).await;
    assert_eq!((told["a"].balance, told["b"].balance), (10, 15));
}

// The imperative style.

#[tokio::test]
async fn saving_twice_never_stores_twice() {
    let app = app().await;
    let accounts = app.repository::<Account>();
    let mut account = accounts.create(AccountId::new("a"));
    account.record(AccountOpened { owner: "alice".into() }).unwrap();
    account.record(MoneyCredited { amount: 7 }).unwrap();
    assert_eq!(account.pending().len(), 2);
    assert_eq!(accounts.save(&mut account).await.unwrap().unwrap().count(), 2);
    assert!(account.pending().is_empty());
    assert_eq!(accounts.save(&mut account).await.unwrap(), None);
    account.record(MoneyDebited { amount: 3 }).unwrap();
    assert_eq!(accounts.save(&mut account).await.unwrap().unwrap().count(), 1);
    assert_eq!(accounts.save(&mut account).await.unwrap(), None);
    let told = audit(&**app.store()).await;
    assert_eq!((told["a"].balance, told["a"].events), (4, 3));
    // The dispatcher sees what was saved beside it, cached or not.
    app.dispatch(debit("a", 4)).await.unwrap();
}

#[tokio::test]
async fn nothing_pending_is_a_no_op_that_says_so() {
    let app = app().await;
    with_account(&app, "a", 1).await;
    let accounts = app.repository::<Account>();
    let mut account = accounts.load(&AccountId::new("a")).await.unwrap();
    let head = app.store().head().await.unwrap();
    assert_eq!(accounts.save(&mut account).await.unwrap(), None);
    assert_eq!(app.store().head().await.unwrap(), head);
}

#[tokio::test]
async fn a_root_that_is_behind_conflicts_and_keeps_what_is_pending() {
    let app = app().await;
    with_account(&app, "a", 1).await;
    let accounts = app.repository::<Account>();
    let mut stale = accounts.load(&AccountId::new("a")).await.unwrap();
    stale.record(MoneyDebited { amount: 1 }).unwrap();
    app.dispatch(debit("a", 1)).await.unwrap();
    for _ in 0..2 {
        let error = accounts.save(&mut stale).await.unwrap_err();
        assert!(matches!(error, SaveError::Store(StoreError::Conflict { .. })), "{error:?}");
        assert_eq!(stale.pending().len(), 1);
    }
    assert!(stale.record(AccountOpened { owner: "x".into() }).is_err());
    assert_eq!(stale.pending().len(), 1);
    assert!(accounts.find(&AccountId::new("nobody")).await.unwrap().is_none());
    let mut new = accounts.create(AccountId::new("a"));
    new.record(AccountOpened { owner: "x".into() }).unwrap();
    assert!(matches!(accounts.save(&mut new).await, Err(SaveError::Store(StoreError::Conflict { .. }))));
}

// Snapshots.

async fn snapshot_of(store: &dyn Store, machine: u32) -> Option<Snapshot> {
    store.load_snapshot(&StreamId::of("machine", machine)).await.unwrap()
}

/// Snapshots are taken beside the command.
async fn until_snapshot(store: &dyn Store, machine: u32, version: u64) -> Snapshot {
    let found = async {
        loop {
            match snapshot_of(store, machine).await {
                Some(snapshot) if snapshot.version == Version::new(version) => return snapshot,
                _ => tokio::task::yield_now().await,
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(20), found).await.expect("a snapshot is taken")
}

#[tokio::test]
async fn a_snapshot_is_taken_every_so_many_events_and_shortens_the_next_load() {
    let store = MemoryStore::new();
    let app = app_on(store.clone()).await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    app.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap();
    assert!(snapshot_of(&store, 1).await.is_none());
    for weight in 2..8 {
        app.dispatch(MakePart { machine: 1, weight }).await.unwrap();
    }
    let snapshot = until_snapshot(&store, 1, 6).await;
    // Another state under the same fingerprint shows that it is used.
    let forged = Snapshot {
        state: Payload::from_json(r#"{"parts":100,"weight":0}"#),
        version: Version::new(7),
        ..snapshot
    };
    store.save_snapshot(forged).await.unwrap();
    let loaded = app.repository::<Machine>().load(&1).await.unwrap();
    assert_eq!((loaded.state().unwrap().parts, loaded.version()), (101, Version::new(8)));
}

#[tokio::test]
async fn a_snapshot_can_be_asked_for() {
    let app = app().await;
    let machines = app.repository::<Machine>();
    let mut machine = machines.create(1);
    machine.record(MachineBuilt).unwrap();
    machine.request_snapshot();
    machines.save(&mut machine).await.unwrap();
    assert_eq!(snapshot_of(&**app.store(), 1).await.unwrap().version, Version::new(1));
    machine.record(PartMade { weight: 1 }).unwrap();
    machines.save(&mut machine).await.unwrap();
    assert_eq!(snapshot_of(&**app.store(), 1).await.unwrap().version, Version::new(1));
}

async fn with_snapshot(fingerprint: impl Fn(u64) -> u64, state: &str) -> u32 {
    let app = app().await;
    let machines = app.repository::<Machine>();
    let mut machine = machines.create(1);
    machine.record(MachineBuilt).unwrap();
    machine.record(PartMade { weight: 1 }).unwrap();
    machine.request_snapshot();
    machines.save(&mut machine).await.unwrap();
    let taken = snapshot_of(&**app.store(), 1).await.unwrap();
    let (fingerprint, state) = (fingerprint(taken.fingerprint), Payload::from_json(state));
    app.store().save_snapshot(Snapshot { fingerprint, state, ..taken }).await.unwrap();
    app.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap();
    machines.load(&1).await.unwrap().state().unwrap().parts
}

#[tokio::test]
async fn snapshots_of_other_code_and_damaged_ones_are_ignored() {
    let state = r#"{"parts":50,"weight":0}"#;
    assert_eq!(with_snapshot(|same| same, state).await, 51, "the test forges what would be used");
    assert_eq!(with_snapshot(|other| other ^ 1, state).await, 2);
    assert_eq!(with_snapshot(|same| same, r#"{"parts":"many"}"#).await, 2);
}

// The end.

#[tokio::test]
async fn shutdown_refuses_what_comes_and_waits_for_what_is_inside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("bank.db");
    let signals = Arc::new(Signals::default());
    let store = SqliteStore::open(&path).unwrap();
    let app = Application::builder().store(store).provide(Arc::clone(&signals)).start().await.unwrap();
    app.dispatch(BuildMachine(1)).await.unwrap();
    let dispatcher = app.dispatcher();
    let inside = tokio::spawn(app.dispatch(Hang(1)).into_future());
    signals.hanging.notified().await;

    let mut shutdown = Box::pin(app.shutdown());
    assert!(futures_util::poll!(&mut shutdown).is_pending(), "it waits for what is inside");
    let refused = dispatcher.dispatch(BuildMachine(2)).await.unwrap_err();
    assert!(matches!(refused, DispatchError::ShuttingDown) && refused.is_transient());
    let refused = dispatcher.dispatch_json("build-machine", "2").await.unwrap_err();
    assert!(matches!(refused, DispatchError::ShuttingDown));
    signals.go_on.notify_one();
    shutdown.await.unwrap();
    inside.await.unwrap().unwrap();
    assert!(matches!(dispatcher.dispatch(BuildMachine(3)).await, Err(DispatchError::ShuttingDown)));
    assert_eq!(all_events(&SqliteStore::open(&path).unwrap()).await.len(), 2, "what was inside was stored");
}

#[tokio::test]
async fn a_store_closed_while_in_use_is_an_error() {
    let store = MemoryStore::new();
    let app = app_on(store.clone()).await;
    app.dispatch(BuildMachine(1)).await.unwrap();
    store.close().await.unwrap();
    let error = app.dispatch(MakePart { machine: 1, weight: 1 }).await.unwrap_err();
    assert!(matches!(error, DispatchError::Store(StoreError::Closed)), "{error:?}");
    let error = read_page(&store, &EventQuery::all(), 1).await.unwrap_err();
    assert!(matches!(error, StoreError::Closed));
}
