//! What an operator's dashboard shows, set by the application itself.
//!
//! The recorder is the process's own, so this is a target with one test.

use std::{collections::HashMap, time::Duration};

use cqrs::{application::HealthSettings, prelude::*, store::memory::MemoryStore};
use cqrs_tests::bank::*;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshotter};

/// The gauges as they are set: by name, and by subscription where there is one.
fn gauges(snapshotter: &Snapshotter) -> HashMap<(String, String), f64> {
    let series = snapshotter.snapshot().into_vec().into_iter();
    let gauge = |(key, value): (metrics_util::CompositeKey, DebugValue)| {
        let DebugValue::Gauge(value) = value else { return None };
        let subscription = key.key().labels().find(|label| label.key() == "subscription");
        let subscription = subscription.map(|label| label.value().to_owned()).unwrap_or_default();
        Some(((key.key().name().to_owned(), subscription), value.0))
    };
    series.filter_map(|(key, _, _, value)| gauge((key, value))).collect()
}

#[tokio::test]
async fn how_the_application_is_shows_in_gauges() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    let settings = HealthSettings { every: Duration::from_millis(5), ..HealthSettings::default() };
    let app =
        Application::builder().store(MemoryStore::new()).health_settings(settings).start().await.unwrap();
    let account = AccountId::new("a");
    let receipt = app.dispatch(OpenAccount { account, owner: "alice".into() }).await.unwrap();
    app.wait_for::<Balances>(&receipt).await.unwrap();

    // Looking at the recorder resets what it holds: each look waits for the next round.
    let shown = async {
        loop {
            let gauges = gauges(&snapshotter);
            let is = |name: &str, of: &str, value: f64| {
                gauges
                    .get(&(name.to_owned(), of.to_owned()))
                    .is_some_and(|gauge| (gauge - value).abs() < 1e-9)
            };
            let of_store = [
                is("cqrs_health", "", 1.0),
                is("cqrs_log_head", "", 1.0),
                is("cqrs_horizon_lag", "", 0.0),
                is("cqrs_horizon_blockers", "", 0.0),
                is("cqrs_horizon_blocker_seconds", "", 0.0),
            ];
            let of_balances = [
                is("cqrs_subscription_lag", "balances", 0.0),
                is("cqrs_subscription_behind_seconds", "balances", 0.0),
                is("cqrs_subscription_dead_letters", "balances", 0.0),
            ];
            if of_store == [true; 5] && of_balances == [true; 3] {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), shown).await.expect("the gauges are set");
    app.shutdown().await.unwrap();
}
