//! A decision that nothing happens is kept, too, where the caller gave the id.

use std::{sync::Arc, time::Duration};

use cqrs::{
    bus::{CommandBus, CommandMessage},
    prelude::*,
    registry::Registry,
    repository::LoadError,
    store::{EventStore, Store, memory::MemoryStore},
};
#[cfg(feature = "nats")]
use cqrs_tests::nats::{self, Prefix};
#[cfg(feature = "postgres")]
use cqrs_tests::postgres::{self, Schema};
use cqrs_tests::{
    audit::all_events,
    faulty::{Fault, FaultyStore},
};
use futures_util::future::join_all;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct HallHeld {
    pub by: String,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct HallReleased;

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = u32)]
pub struct Hall {
    pub holder: Option<String>,
}

#[event_handler]
impl Hall {
    fn held(&mut self, event: &HallHeld) {
        self.holder = Some(event.by.clone());
    }

    fn released(&mut self, _: &HallReleased) {
        self.holder = None;
    }
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct HoldHall {
    #[command(id)]
    pub hall: u32,
    pub by: String,
}

/// Whoever holds it.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct ReleaseHall(#[command(id)] pub u32);

#[derive(Debug, thiserror::Error)]
#[error("it is held by {0}")]
pub struct IsHeld(String);

#[command_handler]
impl Hall {
    fn hold(this: Option<&Self>, command: HoldHall) -> Result<HallHeld, IsHeld> {
        match this.and_then(|hall| hall.holder.clone()) {
            Some(holder) => Err(IsHeld(holder)),
            None => Ok(HallHeld { by: command.by }),
        }
    }

    fn release(this: Option<&Self>, _: ReleaseHall) -> Option<HallReleased> {
        this.is_some_and(|hall| hall.holder.is_some()).then_some(HallReleased)
    }
}

/// The same, by a function.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct FreeHall(#[command(id)] pub u32);

#[command_handler]
async fn free(command: FreeHall, halls: Repository<Hall>) -> Result<Option<Root<Hall>>, LoadError> {
    let mut hall = halls.load_or_create(&command.0).await?;
    if hall.state().is_some_and(|hall| hall.holder.is_some()) {
        hall.record(HallReleased).expect("it fits");
    }
    Ok(Some(hall))
}

#[derive(Projection, Default)]
pub struct Holds(u32);

#[event_handler]
impl Holds {
    fn held(&mut self, _: &HallHeld) {
        self.0 += 1;
    }
}

async fn application(store: Arc<dyn Store>) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Hall>();
    registry.command::<HoldHall>();
    registry.command::<ReleaseHall>();
    registry.command::<FreeHall>();
    registry.projection::<Holds>();
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}

fn hold(hall: u32, by: &str) -> HoldHall {
    HoldHall { hall, by: by.into() }
}

async fn holder(app: &Application, hall: u32) -> Option<String> {
    app.repository::<Hall>().load(&hall).await.unwrap().state().unwrap().holder.clone()
}

/// The hall is free and released; somebody holds it; the first command comes again.
async fn a_retry_does_not_release_what_somebody_else_holds(store: Arc<dyn Store>) {
    // The retry goes to another process, whose cache knows nothing.
    let (app, other) = (application(Arc::clone(&store)).await, application(store).await);
    for (hall, by_function, used) in [(1, false, false), (2, false, true), (3, true, false), (4, true, true)]
    {
        let id = CommandId::derived("releases", hall);
        let release = async |app: &Application| {
            if by_function {
                return app.dispatch(FreeHall(hall)).command_id(id).await.unwrap();
            }
            app.dispatch(ReleaseHall(hall)).command_id(id).await.unwrap()
        };
        if used {
            app.dispatch(hold(hall, "alice")).await.unwrap();
            app.dispatch(ReleaseHall(hall)).await.unwrap();
        }
        let first = release(&app).await;
        assert_eq!((first.event_count(), first.repeated), (0, false), "hall {hall}");
        let waited = tokio::time::timeout(Duration::from_secs(20), app.wait_for::<Holds>(&first));
        waited.await.expect("there is nothing to wait for").unwrap();
        app.dispatch(hold(hall, "bob")).await.unwrap();
        for app in [&app, &other] {
            let again = release(app).await;
            assert!(again.repeated && again.appended.streams.is_empty(), "hall {hall}: {again:?}");
            assert_eq!(holder(app, hall).await.as_deref(), Some("bob"), "hall {hall}");
        }
        // Without an id of the caller's it is another command.
        assert_eq!(app.dispatch(ReleaseHall(hall)).await.unwrap().event_count(), 1);
    }
}

#[tokio::test]
async fn in_memory_a_retry_does_not_release_what_somebody_else_holds() {
    a_retry_does_not_release_what_somebody_else_holds(Arc::new(MemoryStore::new())).await;
}

#[tokio::test]
async fn on_sqlite_a_retry_does_not_release_what_somebody_else_holds() {
    let folder = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(folder.path().join("halls.db")).unwrap();
    a_retry_does_not_release_what_somebody_else_holds(Arc::new(store)).await;
}

#[cfg(feature = "postgres")]
#[tokio::test]
async fn on_postgres_a_retry_does_not_release_what_somebody_else_holds() {
    if postgres::server_answers() {
        a_retry_does_not_release_what_somebody_else_holds(Arc::new(Schema::new().store().await)).await;
    }
}

#[cfg(feature = "nats")]
#[tokio::test]
async fn on_nats_a_retry_does_not_release_what_somebody_else_holds() {
    if nats::server_answers() {
        let prefix = Prefix::new();
        a_retry_does_not_release_what_somebody_else_holds(Arc::new(prefix.store().await)).await;
    }
}

#[tokio::test]
async fn over_a_bus_a_redelivery_does_not_release_what_somebody_else_holds() {
    let app = application(Arc::new(MemoryStore::new())).await;
    let bus = CommandBus::in_memory();
    let release = CommandMessage::of(&ReleaseHall(1)).unwrap();
    for message in [&release, &CommandMessage::of(&hold(1, "bob")).unwrap(), &release] {
        bus.publish(message).await.unwrap();
    }
    let listening = bus.listen().dispatch_to(app.dispatcher()).await.unwrap();
    bus.close().await.unwrap();
    listening.ended().await;
    assert_eq!(holder(&app, 1).await.as_deref(), Some("bob"));
}

#[tokio::test]
async fn what_is_empty_on_an_old_state_is_decided_again() {
    let folder = tempfile::tempdir().unwrap();
    let open = || Arc::new(SqliteStore::open(folder.path().join("halls.db")).unwrap());
    let (app, other) = (application(open()).await, application(open()).await);
    app.dispatch(hold(1, "alice")).await.unwrap();
    app.dispatch(ReleaseHall(1)).await.unwrap();
    // The cache of the one says that it is free.
    other.dispatch(hold(1, "bob")).await.unwrap();
    let id = CommandId::generate();
    let receipt = app.dispatch(ReleaseHall(1)).command_id(id).await.unwrap();
    assert_eq!((receipt.event_count(), receipt.repeated), (1, false));
    assert_eq!(app.dispatch(ReleaseHall(1)).command_id(id).await.unwrap().appended, receipt.appended);
}

#[tokio::test]
async fn of_twins_that_decide_nothing_one_is_the_first() {
    let app = application(Arc::new(MemoryStore::new())).await;
    let id = CommandId::generate();
    let twins = (0..16).map(|_| {
        let app = app.clone();
        tokio::spawn(async move { app.dispatch(FreeHall(1)).command_id(id).await.unwrap() })
    });
    let receipts = join_all(twins).await.into_iter().map(Result::unwrap);
    assert_eq!(receipts.filter(|receipt| !receipt.repeated).count(), 1);
}

#[tokio::test]
async fn a_record_of_unknown_fate_is_looked_up_and_stored_once() {
    for fault in [Fault::LostReply, Fault::NeverSent, Fault::Late, Fault::Conflict] {
        let store = FaultyStore::around(MemoryStore::new());
        let app = application(Arc::new(store.clone())).await;
        let id = CommandId::generate();
        store.next_appends([fault]);
        let first = app.dispatch(ReleaseHall(1)).command_id(id).await.unwrap();
        assert_eq!(first.event_count(), 0, "{fault:?}");
        assert_eq!(store.faults_left(), 0, "{fault:?}: it is appended");
        assert!(store.command(id).await.unwrap().is_some(), "{fault:?}");
        app.dispatch(hold(1, "bob")).await.unwrap();
        assert!(app.dispatch(ReleaseHall(1)).command_id(id).await.unwrap().repeated, "{fault:?}");
        assert_eq!(all_events(&store).await.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn a_rejection_is_not_kept_and_decided_again() {
    let app = application(Arc::new(MemoryStore::new())).await;
    app.dispatch(hold(1, "alice")).await.unwrap();
    let id = CommandId::generate();
    let refused = app.dispatch(hold(1, "bob")).command_id(id).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(IsHeld(_)))), "{refused:?}");
    app.dispatch(ReleaseHall(1)).await.unwrap();
    assert!(!app.dispatch(hold(1, "bob")).command_id(id).await.unwrap().repeated);
}
