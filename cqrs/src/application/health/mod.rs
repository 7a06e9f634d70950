//! How an application is: what an operator asks first.
//!
//! [`Application::health`] looks at everything once and gives a value; a task does the same every few seconds and sets
//! gauges of the `metrics` facade, so that a lag shows where nothing moves any more.

mod gauges;
mod look;
mod settings;
mod verdict;

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::{message::Position, store::HorizonReport, subscription::State};

pub(super) use gauges::keep_gauges;
pub use settings::HealthSettings;
pub use verdict::Verdict;

/// How an application is. As JSON it is what a health endpoint may answer with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Health {
    /// All in all.
    pub verdict: Verdict,
    /// What is not as it should be, in words; empty if the application is healthy.
    pub findings: Vec<String>,
    /// The store.
    pub store: StoreHealth,
    /// The projections, event handlers and relays this process runs or stands by for, by name.
    pub subscriptions: Vec<SubscriptionHealth>,
}

/// How the store is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct StoreHealth {
    /// What it is called: `memory`, `SQLite`, `PostgreSQL`.
    pub name: &'static str,
    /// How far the log may be read, and who holds readers up; `None` if the store did not answer.
    pub horizon: Option<HorizonReport>,
    /// Why it did not answer.
    pub error: Option<String>,
}

/// How a projection, event handler or relay is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SubscriptionHealth {
    /// Its name.
    pub name: String,
    /// What it is doing.
    pub state: State,
    /// Everything up to here is done.
    pub position: Position,
    /// How many positions of the log lie ahead of it, up to the head; 0 if none of them holds an event it wants.
    pub lag: u64,
    /// How long ago the first event was recorded that it wants and has not dealt with; zero if there is none.
    #[serde(rename = "behind_seconds", serialize_with = "seconds")]
    pub behind: Duration,
    /// How many events it could not handle, or that wait behind such a one.
    pub dead_letters: u64,
    /// How many events this process has handed it in a second, on average over the last ten seconds.
    pub events_per_second: f64,
}

fn seconds<S: Serializer>(time: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(time.as_secs_f64())
}
