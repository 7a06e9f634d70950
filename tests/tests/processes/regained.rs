//! An owner that loses its lease, and gains it again later: what it remembers is of before.

use std::{path::Path, sync::Arc, time::Duration};

use cqrs::{
    Metadata,
    prelude::*,
    process::{Limits, Outcome, ProcessManager, Standing, Step, Trigger, step},
    store::{EventQuery, EventStore, Lease, Store, SubscriptionStore, read_page},
    subscription::State,
};
use uuid::Uuid;

use crate::{
    ringing::{Clapper, Ringing, StopRinging, ask, registry},
    world::builder,
};

const STEPS: &str = "process/ringing/steps";

/// Takes the lease as another process would, after its end.
async fn take_over(store: &SqliteStore, file: &Path) -> Lease {
    let owner = Uuid::now_v7();
    let until = format!("{:.9}", cqrs::Timestamp::now() + Duration::from_mins(1));
    let connection = rusqlite::Connection::open(file).unwrap();
    let sql = "UPDATE subscriptions SET owner = ?1, epoch = epoch + 1, lease_until = ?2 WHERE name = ?3";
    let taken = connection.execute(sql, (owner.to_string(), until, STEPS)).unwrap();
    assert_eq!(taken, 1);
    let epoch = store.subscription(STEPS).await.unwrap().unwrap().epoch;
    Lease { name: STEPS.into(), owner, epoch }
}

/// Makes the first step of a process, as another process would, and goes beyond its trigger.
async fn start_elsewhere(store: &SqliteStore, lease: &Lease, ringing: u32) {
    let asked = EventQuery::all().names(["ringing-asked"]);
    let (events, _) = read_page(store, &asked, 10).await.unwrap();
    let (trigger, process) = (Trigger::of(&events[0]).unwrap().unwrap(), Ringing::stream(&ringing));
    let (outcome, _) = step::<Ringing>(&process, Standing::Absent, &trigger, &Limits::default()).unwrap();
    let Outcome::Step(made) = outcome else { panic!("{outcome:?}") };
    let metadata = Step::metadata(&process, &trigger, cqrs::Timestamp::now()).unwrap();
    store.append(made.append(&process, cqrs::Version::NONE, metadata).unwrap()).await.unwrap();
    let from = store.subscription(STEPS).await.unwrap().unwrap().position;
    let to = store.head().await.unwrap();
    assert!(store.advance(STEPS, lease.epoch, from, to).await.unwrap());
}

async fn until(app: &Application, what: impl Fn(&State, cqrs::Position) -> bool) {
    let started = std::time::Instant::now();
    loop {
        let status = app.status();
        let steps = status.iter().find(|status| status.name == STEPS).unwrap();
        if what(&steps.state, steps.position) {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{steps:?}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_that_has_started_elsewhere_meanwhile_is_known_to_have() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("store.db");
    let store = SqliteStore::open(&file).unwrap();
    let shared: Arc<dyn Store> = Arc::new(store.clone());
    let builder = builder(&shared).registry(registry()).provide(Arc::<Clapper>::default());
    let app = builder.start().await.unwrap();
    let stop = StopRinging { ringing: 1 };
    app.dispatch(stop.clone()).await.unwrap();
    let head = store.head().await.unwrap();
    until(&app, |_, position| position >= head).await;
    let lease = take_over(&store, &file).await;
    until(&app, |state, _| *state == State::StandingBy).await;
    app.dispatch(ask(1, &[])).metadata(Metadata::new()).await.unwrap();
    start_elsewhere(&store, &lease, 1).await;
    store.release_lease(&lease).await.unwrap();
    until(&app, |state, _| *state == State::Running).await;
    app.dispatch(stop).await.unwrap();
    let head = store.head().await.unwrap();
    until(&app, |_, position| position >= head).await;
    assert_eq!(app.process::<Ringing>().state(&1).await.unwrap(), Standing::Ended);
    app.shutdown().await.unwrap();
}
