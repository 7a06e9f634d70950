//! What waits for its process, and for how long.

use std::time::Duration;

use cqrs::{prelude::*, process::names};

use crate::{
    early::{ParcelSeen, ParcelSent, registry, report, started},
    world::{MINUTE, clock, places, told},
};

#[derive(ProcessManager, Serialize, Deserialize, Debug)]
#[process_manager(id = u32, from = now, unmatched = retry(Duration::from_mins(10)))]
pub struct Hurried {
    pub places: Vec<String>,
}

#[event_handler]
impl Hurried {
    #[correlate(event.parcel)]
    fn sent(_: &ParcelSent) -> Self {
        Self { places: Vec::new() }
    }

    #[correlate(event.parcel)]
    fn seen(&mut self, event: &ParcelSeen) {
        self.places.push(event.place.clone());
    }
}

async fn places_of(app: &Application) -> Vec<String> {
    let standing = app.process::<Hurried>().state(&1).await.unwrap();
    standing.state().map(|hurried| hurried.places.clone()).unwrap_or_default()
}

#[tokio::test]
async fn what_waits_longer_than_it_may_is_a_dead_letter_and_holds_nothing() {
    for here in places().await {
        let clock = clock();
        let app = started::<Hurried>(&here.store, &clock).await;
        let letters = app.dead_letters("process/hurried/steps");
        for place in ["harbour", "station"] {
            report(&app, place).await;
        }
        clock.advance(&app, 9 * MINUTE).await;
        assert!(letters.list().await.unwrap().is_empty(), "it has time yet");
        clock.advance(&app, 2 * MINUTE).await;
        let letter = letters.list().await.unwrap().remove(0);
        assert!(letter.error.starts_with("`parcel-seen`, at position "), "{}", letter.error);
        let end = ", has waited 600s for process/hurried/1, which has not started";
        assert!(letter.error.ends_with(end), "{}", letter.error);
        letters.retry(letter.key.position).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(letters.list().await.unwrap().len(), 1, "it has not started since");
        report(&app, "").await;
        report(&app, "street").await;
        clock.advance(&app, Duration::ZERO).await;
        assert_eq!(places_of(&app).await, ["harbour", "station", "street"], "its starter comes after all");
        letters.retry(letters.list().await.unwrap()[0].key.position).await.unwrap();
        clock.advance(&app, Duration::ZERO).await;
        assert!(letters.list().await.unwrap().is_empty());
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_has_its_process_in_time_is_none() {
    for here in places().await {
        let clock = clock();
        let app = started::<Hurried>(&here.store, &clock).await;
        report(&app, "harbour").await;
        clock.advance(&app, 9 * MINUTE).await;
        report(&app, "").await;
        clock.advance(&app, 20 * MINUTE).await;
        assert_eq!(places_of(&app).await, ["harbour"]);
        assert!(app.dead_letters("process/hurried/steps").list().await.unwrap().is_empty());
        let told = told::<Hurried>(&*here.store, &1).await;
        assert_eq!(told.last().unwrap(), &format!("due: {}", names::WAITS));
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn it_needs_a_store_that_keeps_what_waits() {
    let faulty = cqrs_tests::faulty::FaultyStore::around(MemoryStore::new());
    faulty.schedules_nothing();
    let error =
        Application::builder().store(faulty).registry(registry::<Hurried>()).start().await.unwrap_err();
    assert!(error.to_string().contains("hurried"), "{error}");
}
