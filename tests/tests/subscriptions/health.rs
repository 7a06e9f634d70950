//! What an operator is told.

use std::{sync::Arc, time::Duration};

use cqrs::{
    application::{HealthSettings, Verdict},
    prelude::*,
    registry::Registry,
    store::memory::MemoryStore,
    subscription::State,
};
use cqrs_tests::{bank::*, faulty::FaultyStore};

use super::world::*;

/// Stops at the first withdrawal.
#[derive(Projection, Default, Debug)]
struct Fragile(i64);

#[event_handler]
impl Fragile {
    fn credited(&mut self, event: &MoneyCredited, probe: Inject<Arc<Probe>>) -> Result<(), ToldToFail> {
        probe.obey(event.amount)?;
        self.0 += event.amount;
        Ok(())
    }
}

fn subscription<'a>(
    health: &'a cqrs::application::Health,
    name: &str,
) -> &'a cqrs::application::SubscriptionHealth {
    health.subscriptions.iter().find(|subscription| subscription.name == name).expect("it is reported")
}

#[tokio::test]
async fn a_healthy_application_says_how_far_everything_has_come() {
    let probe = Probe::new();
    let app = app_with(MemoryStore::new(), &probe, quick(), |registry| {
        registry.event_handler::<Watcher>();
        registry.projection::<Fragile>();
    })
    .await;
    let receipt = credit(&app, "a", 1).await;
    app.wait_for::<Fragile>(&receipt).await.unwrap();
    until_checkpoint(&app, "watcher", receipt.position()).await;
    let health = app.health().await;
    assert_eq!((health.verdict, &*health.findings), (Verdict::Healthy, &[] as &[String]));
    assert_eq!(health.store.name, "memory");
    assert_eq!(health.store.horizon.as_ref().map(|horizon| horizon.head), Some(receipt.position()));
    let fragile = subscription(&health, "fragile");
    assert_eq!((fragile.position, fragile.lag), (receipt.position(), 0));
    assert_eq!((&fragile.state, fragile.behind), (&State::Running, Duration::ZERO));
    let json = serde_json::to_value(&health).unwrap();
    assert_eq!(json["subscriptions"][0]["state"], "running", "{json}");
    assert_eq!(json["subscriptions"][0]["behind_seconds"], 0.0, "{json}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn what_has_stopped_what_has_dead_letters_and_what_is_late_is_named() {
    let probe = Probe::new();
    probe.fail(2);
    let settings = HealthSettings { behind: Duration::from_millis(20), ..HealthSettings::default() };
    let mut registry = write_model();
    registry.event_handler::<Watcher>();
    registry.projection::<Fragile>();
    let builder =
        Application::builder().store(MemoryStore::new()).registry(registry).subscription_settings(quick());
    let app = builder.provide(Arc::clone(&probe)).health_settings(settings).start().await.unwrap();
    let good = credit(&app, "a", 1).await;
    app.wait_for::<Fragile>(&good).await.unwrap();
    let bad = credit(&app, "a", 2).await;
    app.wait_for::<Fragile>(&bad).await.expect_err("it stops");
    until_letters(&app, "watcher", |letters| letters.len() == 1).await;
    tokio::time::sleep(settings.behind).await;

    let health = app.health().await;
    assert_eq!(health.verdict, Verdict::Failing);
    let fragile = subscription(&health, "fragile");
    assert!(
        matches!(&fragile.state, State::Stopped(error) if error.contains("told to fail at 2")),
        "{fragile:?}"
    );
    assert_eq!((fragile.position, fragile.lag), (good.position(), 1));
    assert!(fragile.behind > settings.behind);
    assert_eq!(subscription(&health, "watcher").dead_letters, 1);
    for finding in ["`fragile` has stopped: ", "`fragile` is 0 s behind", "`watcher` has dead letters: 1"] {
        assert!(health.findings.iter().any(|found| found.starts_with(finding)), "{:?}", health.findings);
    }
    let json = serde_json::to_value(&health).unwrap();
    assert!(json["subscriptions"][0]["state"]["stopped"].is_string(), "{json}");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn events_that_nobody_wants_make_nobody_late() {
    let probe = Probe::new();
    let app = app_with(MemoryStore::new(), &probe, quick(), Registry::projection::<Fragile>).await;
    probe.fail(1);
    let bad = credit(&app, "a", 1).await;
    app.wait_for::<Fragile>(&bad).await.expect_err("it stops");
    let lag = subscription(&app.health().await, "fragile").lag;
    assert!(lag > 0);
    app.shutdown().await.unwrap();

    let app = app_with(MemoryStore::new(), &Probe::new(), quick(), Registry::projection::<Fragile>).await;
    let open = OpenAccount { account: AccountId::new("a"), owner: "alice".into() };
    app.dispatch(open).await.unwrap();
    assert_eq!(subscription(&app.health().await, "fragile").lag, 0, "it wants no openings");
    app.shutdown().await.unwrap();
}

#[tokio::test]
async fn a_subscription_that_stands_by_is_as_far_as_the_one_that_works() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let working = watching(store.clone(), &probe).await;
    let receipt = credit(&working, "a", 1).await;
    until_checkpoint(&working, "watcher", receipt.position()).await;
    let standing_by = watching(store, &probe).await;
    let reported = async {
        loop {
            let health = standing_by.health().await;
            let watcher = subscription(&health, "watcher").clone();
            if watcher.state == State::StandingBy {
                return (watcher, health);
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    let (watcher, health) = tokio::time::timeout(PATIENCE, reported).await.expect("it stands by");
    assert_eq!((watcher.position, watcher.lag), (receipt.position(), 0));
    assert_eq!(health.verdict, Verdict::Healthy);
}

#[tokio::test]
async fn a_store_that_does_not_answer_is_a_finding_and_no_error() {
    let probe = Probe::new();
    let store = FaultyStore::around(MemoryStore::new());
    let app = app_with(store.clone(), &probe, quick(), Registry::projection::<Fragile>).await;
    cqrs::store::EventStore::close(&store).await.unwrap();
    let health = app.health().await;
    assert_eq!(health.verdict, Verdict::Failing);
    assert!(health.findings[0].contains("the store does not answer: the store is closed"), "{health:?}");
    assert_eq!(health.subscriptions.len(), 1);
}
