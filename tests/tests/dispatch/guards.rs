//! What a command handler function rests its decision on is still so when its events are stored.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicU32, Ordering},
};

use cqrs::{
    prelude::*,
    registry::Registry,
    repository::{DecisionError, LoadError},
    store::{Store, memory::MemoryStore, sqlite::Synchronous},
};
#[cfg(feature = "postgres")]
use cqrs_tests::postgres::{Schema, server_answers};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct WentOnCall;

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct WentOffCall;

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = u32)]
pub struct Doctor {
    on_call: bool,
}

#[event_handler]
impl Doctor {
    fn went_on(&mut self, _: &WentOnCall) {
        self.on_call = true;
    }

    fn went_off(&mut self, _: &WentOffCall) {
        self.on_call = false;
    }
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct GoOnCall(#[command(id)] pub u32);

#[command_handler]
impl Doctor {
    fn go_on(this: Option<&Self>, _: GoOnCall) -> Option<WentOnCall> {
        this.is_none_or(|doctor| !doctor.on_call).then_some(WentOnCall)
    }
}

/// Only if the other is on call.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct GoOffCall {
    #[command(id)]
    pub doctor: u32,
    pub other: u32,
    /// Whether the function returns the other, which it only reads, or guards it.
    pub returns: bool,
}

#[derive(Debug, thiserror::Error)]
pub enum RosterError {
    #[error("nobody else is on call")]
    LastOne,
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

#[command_handler]
async fn go_off(command: GoOffCall, doctors: Repository<Doctor>) -> Result<Vec<Root<Doctor>>, RosterError> {
    let other = doctors.load(&command.other).await?;
    pause().await;
    let mut doctor = doctors.load(&command.doctor).await?;
    pause().await;
    if !other.state().is_some_and(|other| other.on_call) {
        return Err(RosterError::LastOne);
    }
    doctor.record(WentOffCall)?;
    if command.returns {
        return Ok(vec![other, doctor]);
    }
    other.guard();
    Ok(vec![doctor])
}

/// Lets the other run now and then.
async fn pause() {
    for _ in 0..fastrand::u32(0..4) {
        tokio::task::yield_now().await;
    }
}

async fn application(store: Arc<dyn Store>) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Doctor>();
    registry.command::<GoOnCall>();
    registry.command::<GoOffCall>();
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}

/// Both ask to go home at the same time, again and again: one of them stays.
async fn one_stays(store: Arc<dyn Store>, rounds: u32) {
    // Two applications: what keeps them apart must be the store.
    let apps = [application(Arc::clone(&store)).await, application(store).await];
    let went = AtomicU32::new(0);
    for round in 0..rounds {
        for doctor in [1, 2] {
            apps[0].dispatch(GoOnCall(doctor)).await.unwrap();
        }
        let go = |app: usize, doctor, other| {
            let command = GoOffCall { doctor, other, returns: round % 2 == 0 };
            tokio::spawn(could_go(apps[app].clone(), command))
        };
        let (one, other) = tokio::join!(go(0, 1, 2), go(1, 2, 1));
        let gone = u32::from(one.unwrap()) + u32::from(other.unwrap());
        let doctors = apps[0].repository::<Doctor>();
        let on_call =
            [1, 2].map(async |doctor| doctors.load(&doctor).await.unwrap().state().unwrap().on_call);
        let on_call = futures_util::future::join_all(on_call).await;
        assert!(on_call.contains(&true), "round {round}: nobody is on call");
        assert_eq!(gone, 1, "round {round}: {on_call:?}");
        went.fetch_add(gone, Ordering::Relaxed);
    }
    assert_eq!(went.into_inner(), rounds);
}

/// Whether the doctor could go.
async fn could_go(app: Application, command: GoOffCall) -> bool {
    match app.dispatch(command).await {
        Ok(_) => true,
        Err(DispatchError::Rejected(RosterError::LastOne)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_skew_does_not_happen_in_memory() {
    one_stays(Arc::new(MemoryStore::new()), 500).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_skew_does_not_happen_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let options = SqliteStore::builder().synchronous(Synchronous::Off);
    one_stays(Arc::new(options.open(folder.path().join("roster.db")).unwrap()), 200).await;
}

#[cfg(feature = "postgres")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn write_skew_does_not_happen_on_postgres() {
    if server_answers() {
        one_stays(Arc::new(Schema::new().store().await), 100).await;
    }
}

#[tokio::test]
async fn roots_saved_together_guard_what_asks_for_it() {
    let app = application(Arc::new(MemoryStore::new())).await;
    for doctor in [1, 2] {
        app.dispatch(GoOnCall(doctor)).await.unwrap();
    }
    let doctors = app.repository::<Doctor>();
    let mut read = doctors.load(&1).await.unwrap();
    read.guard();
    assert_eq!(app.save_together(&mut [&mut read]).await.unwrap(), None, "a guard alone stores nothing");
    let mut changed = doctors.load(&2).await.unwrap();
    changed.record(WentOffCall).unwrap();
    app.dispatch(GoOffCall { doctor: 1, other: 2, returns: true }).await.unwrap();
    let error = app.save_together(&mut [&mut read, &mut changed]).await.unwrap_err();
    assert!(error.to_string().contains("conflict on stream doctor/1"), "{error}");
    let mut read = doctors.load(&1).await.unwrap();
    read.guard();
    let appended = app.save_together(&mut [&mut read, &mut changed]).await.unwrap().unwrap();
    assert_eq!(appended.count(), 1);
}

/// Whether both are on call; while it is looked for the first time, both change places.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Count(#[command(id)] pub u32);

/// How many were on call, each time somebody counted.
static COUNTED: Mutex<Vec<usize>> = Mutex::new(Vec::new());

#[command_handler]
async fn count(
    _: Count,
    doctors: Repository<Doctor>,
    dispatcher: Inject<Dispatcher>,
) -> Result<Vec<Root<Doctor>>, RosterError> {
    let one = doctors.load(&2).await?;
    let first = COUNTED.lock().unwrap().is_empty();
    if first {
        let _ = dispatcher.dispatch(GoOnCall(2)).await;
        let _ = dispatcher.dispatch(GoOffCall { doctor: 1, other: 2, returns: true }).await;
    }
    let other = doctors.load(&1).await?;
    let on_call = [&one, &other].into_iter().filter(|doctor| doctor.state().is_some_and(|it| it.on_call));
    COUNTED.lock().unwrap().push(on_call.count());
    Ok(vec![one, other])
}

#[tokio::test]
async fn a_decision_that_nothing_happens_rests_on_what_was_so_at_one_time() {
    let mut registry = Registry::empty();
    registry.aggregate::<Doctor>();
    registry.command::<GoOnCall>();
    registry.command::<GoOffCall>();
    registry.command::<Count>();
    let app = Application::builder().store(MemoryStore::new()).registry(registry).start().await.unwrap();
    for doctor in [1, 2] {
        app.dispatch(GoOnCall(doctor)).await.unwrap();
    }
    app.dispatch(GoOffCall { doctor: 2, other: 1, returns: true }).await.unwrap();
    let receipt = app.dispatch(Count(1)).await.unwrap();
    assert_eq!(receipt.event_count(), 0);
    assert_eq!(*COUNTED.lock().unwrap(), [0, 1], "one was on call all the time, whatever the reads say");
}
