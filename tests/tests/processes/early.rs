//! What comes before its process.

use std::{sync::Arc, time::Duration};

use cqrs::{prelude::*, process::Was, registry::Registry, store::Store, testing::ManualClock};
use cqrs_tests::{
    faulty::{Fault, FaultyStore},
    process_audit::audit_processes,
};

use crate::world::{builder, clock, places, told};

#[derive(Event, Serialize, Deserialize)]
pub struct ParcelSeen {
    pub parcel: u32,
    pub place: String,
}

#[derive(Event, Serialize, Deserialize)]
pub struct ParcelSent {
    pub parcel: u32,
}

#[derive(Command, Serialize, Deserialize)]
pub struct Report {
    #[command(id)]
    pub parcel: u32,
    /// Where it was seen; nowhere: it was sent.
    pub place: String,
}

#[derive(Aggregate, Serialize, Deserialize, Default)]
#[aggregate(id = u32)]
pub struct Parcel {}

#[event_handler]
impl Parcel {
    fn seen(&mut self, _: &ParcelSeen) {}
    fn sent(&mut self, _: &ParcelSent) {}
}

#[command_handler]
impl Parcel {
    fn report(_: Option<&Self>, command: Report) -> Vec<ParcelEvent> {
        let Report { parcel, place } = command;
        if place.is_empty() {
            vec![ParcelSent { parcel }.into()]
        } else {
            vec![ParcelSeen { parcel, place }.into()]
        }
    }
}

#[derive(ProcessManager, Serialize, Deserialize, Debug)]
#[process_manager(id = u32, from = now, unmatched = park)]
pub struct Delivery {
    pub places: Vec<String>,
}

#[event_handler]
impl Delivery {
    #[correlate(event.parcel)]
    fn sent(_: &ParcelSent) -> Self {
        Self { places: Vec::new() }
    }

    #[correlate(event.parcel)]
    fn seen(&mut self, event: &ParcelSeen) {
        self.places.push(event.place.clone());
    }
}

/// Parcels, and a process manager that follows them.
pub fn registry<P: ProcessManager>() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Parcel>();
    registry.command::<Report>();
    registry.process_manager::<P>();
    registry
}

pub async fn started<P: ProcessManager>(store: &Arc<dyn Store>, clock: &ManualClock) -> Application {
    builder(store).registry(registry::<P>()).clock(clock.clone()).start().await.unwrap()
}

pub async fn report(app: &Application, place: &str) {
    app.dispatch(Report { parcel: 1, place: place.to_owned() }).await.unwrap();
}

async fn places_of(app: &Application) -> Option<Vec<String>> {
    app.process::<Delivery>().state(&1).await.unwrap().state().map(|delivery| delivery.places.clone())
}

#[tokio::test]
async fn it_waits_holds_nothing_and_follows_the_starter_in_the_order_of_the_log() {
    for here in places().await {
        let clock = clock();
        let app = started::<Delivery>(&here.store, &clock).await;
        for place in ["harbour", "station"] {
            report(&app, place).await;
        }
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(places_of(&app).await, None);
        let past = app.process::<Delivery>().history(&1).await.unwrap();
        assert!(matches!(&past[0].was, Was::Waited(note) if note.trigger.name == "parcel-seen"), "{past:?}");
        for place in ["", "street"] {
            report(&app, place).await;
        }
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(places_of(&app).await.unwrap(), ["harbour", "station", "street"]);
        assert!(app.dead_letters("process/delivery/steps").list().await.unwrap().is_empty());
        app.shutdown().await.unwrap();
    }
}

/// The starter is stored, and something fails before all have followed: it comes again, and the rest with it.
#[tokio::test]
async fn what_follows_the_starter_follows_once_whatever_fails_between() {
    for fault in [Fault::Busy, Fault::NeverSent, Fault::LostReply, Fault::Late, Fault::Conflict] {
        for at in 0..4 {
            let faulty = FaultyStore::around(MemoryStore::new());
            let (store, clock): (Arc<dyn Store>, _) = (Arc::new(faulty.clone()), clock());
            let app = started::<Delivery>(&store, &clock).await;
            for place in ["harbour", "station", "bridge"] {
                report(&app, place).await;
            }
            clock.advance(&app, Duration::ZERO).await;
            // The report, the starter's step, and three that follow.
            faulty.next_appends(std::iter::repeat_n(Fault::None, 1 + at).chain([fault]));
            report(&app, "").await;
            clock.advance(&app, Duration::from_mins(1)).await;
            assert_eq!(places_of(&app).await.unwrap(), ["harbour", "station", "bridge"], "{fault:?} at {at}");
            assert_eq!(audit_processes(&*store).await.steps, 4);
            let notes = told::<Delivery>(&*store, &1).await.len();
            assert_eq!(notes, 7, "three notes, and four steps");
            app.shutdown().await.unwrap();
        }
    }
}
