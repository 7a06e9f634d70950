//! The state of an application: what an operator asks first.
//!
//! [`Application::health`] looks at everything once and gives a value; a task does the same every few seconds and sets
//! gauges of the `metrics` facade, so that a lag shows where nothing moves any more.

mod gauges;
mod look;
mod verdict;
mod waiting;

use std::time::Duration;

use jiff::Timestamp;
use serde::{Serialize, Serializer};

use crate::{
    message::Position,
    store::{HorizonReport, LeaseInSight},
    subscription::State,
};

use super::HealthSettings;
pub(super) use gauges::keep_gauges;
pub use verdict::Verdict;

/// The state of an application. It serializes to JSON, ready for a health endpoint.
///
/// ```no_run
/// # use cqrs::{Application, application::Verdict};
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let health = app.health().await;
/// if health.verdict != Verdict::Healthy {
///     eprintln!("{}", health.findings.join("; "));
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// The overall verdict.
    pub verdict: Verdict,
    /// What is not as it should be, in words; empty if the application is healthy.
    pub findings: Vec<String>,
    /// The store.
    pub store: StoreHealth,
    /// The projections, event handlers and relays this process runs or stands by for, by name.
    pub subscriptions: Vec<SubscriptionHealth>,
}

/// The state of the store.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreHealth {
    /// What it is called: `memory`, `SQLite`, `PostgreSQL`, `NATS JetStream`.
    pub name: &'static str,
    /// How far the log may be read, and which transactions hold readers up; `None` if the store did not answer.
    pub horizon: Option<HorizonReport>,
    /// Why it did not answer.
    pub error: Option<String>,
}

/// The state of a projection, event handler or relay.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubscriptionHealth {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub state: State,
    /// Since when it is doing that.
    pub since: Timestamp,
    /// Who works on it instead, if this process stands by; `None` as well where the store does not say.
    pub holder: Option<LeaseInSight>,
    /// Everything up to here is done.
    pub position: Position,
    /// How many positions of the log lie ahead of it, up to the head; 0 if none of them holds an event it wants.
    pub lag: u64,
    /// How long ago the first event was recorded that it wants and has not dealt with; zero if there is none.
    #[serde(rename = "behind_seconds", serialize_with = "seconds")]
    pub behind: Duration,
    /// How many events it could not handle, or that wait behind such a one.
    pub dead_letters: u64,
    /// The first of them that failed: where its event stands, and why it failed. `None` if there is none, or if there are
    /// more than a thousand.
    pub first_failure: Option<String>,
    /// How many events failed and wait for a retry, of an event handler; more than a thousand are counted as 1,001.
    pub waiting: u64,
    /// How many events this process has handed it in a second, on average over the last ten seconds.
    pub events_per_second: f64,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
