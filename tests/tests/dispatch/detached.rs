//! Whoever stops waiting for a command, and what that does to it.

use std::{future::IntoFuture, sync::Arc};

use cqrs::{
    prelude::*,
    store::{Store, memory::MemoryStore},
};
use cqrs_tests::audit::all_events;

use super::{Ask, BuildMachine, Explode, Hang, Signals, Unanswered};

async fn with_machine(store: impl Store) -> (Application, Arc<Signals>) {
    let signals = Arc::new(Signals::default());
    let app = Application::builder().store(store).provide(Arc::clone(&signals)).start().await.unwrap();
    app.dispatch(BuildMachine(1)).await.unwrap();
    (app, signals)
}

/// Waits until the handler is in its middle, and stops waiting for the command.
async fn drop_in_the_middle<T>(command: impl Future<Output = T>, signals: &Signals) {
    let mut command = Box::pin(command);
    tokio::select! {
        _ = &mut command => panic!("it waits until told"),
        () = signals.hanging.notified() => {}
    }
}

#[tokio::test]
async fn a_detached_command_runs_to_its_end_though_nobody_waits() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("machines.db");
    let (app, signals) = with_machine(SqliteStore::open(&path).unwrap()).await;
    drop_in_the_middle(app.dispatch(Hang(1)).detached().into_future(), &signals).await;
    let mut shutdown = Box::pin(app.shutdown());
    assert!(futures_util::poll!(&mut shutdown).is_pending(), "the shutdown waits for it");
    signals.go_on.notify_one();
    shutdown.await.unwrap();
    assert_eq!(all_events(&SqliteStore::open(&path).unwrap()).await.len(), 2);
}

#[tokio::test]
async fn by_name_too() {
    let (app, signals) = with_machine(MemoryStore::new()).await;
    drop_in_the_middle(app.dispatch_json("hang", "1").detached().into_future(), &signals).await;
    signals.go_on.notify_one();
    while all_events(&**app.store()).await.len() < 2 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn one_that_is_not_detached_ends_with_its_future_and_stores_nothing() {
    let (app, signals) = with_machine(MemoryStore::new()).await;
    drop_in_the_middle(app.dispatch(Hang(1)).into_future(), &signals).await;
    // The machine is free again.
    drop_in_the_middle(app.dispatch(Hang(1)).into_future(), &signals).await;
    assert_eq!(all_events(&**app.store()).await.len(), 1);
}

#[tokio::test]
async fn it_answers_as_ever() {
    let (app, _) = with_machine(MemoryStore::new()).await;
    let error = app.dispatch(Explode(1)).detached().await.unwrap_err();
    assert!(matches!(&error, DispatchError::Panicked(text) if text.contains("exploded")), "{error:?}");
    let error = app.dispatch(BuildMachine(1)).detached().await.unwrap_err();
    assert!(matches!(error, DispatchError::AlreadyExists(_)), "{error:?}");
    let error = app.dispatch(Ask { machine: 1, other: 1 }).detached().await.unwrap_err();
    assert!(
        matches!(&error, DispatchError::Rejected(Unanswered(text)) if text.contains("Reentrant")),
        "{error:?}"
    );
    assert!(!app.dispatch(BuildMachine(2)).detached().await.unwrap().repeated);
}
