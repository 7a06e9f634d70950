//! The overall verdict.

use serde::Serialize;

use crate::{
    error_chain::chain,
    store::{HorizonReport, StoreError, Subscription},
    subscription::State,
};

use super::{HealthSettings, StoreHealth, SubscriptionHealth};

/// The overall state of an application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Everything is as it should be.
    Healthy,
    /// It works, and something needs a look: a subscription is late, is being built anew or has dead letters, a newer
    /// version of the program has taken over a projection, or a transaction holds up readers.
    Degraded,
    /// Something does not work: the store does not answer, or a subscription has stopped.
    Failing,
}

/// From so many events on that wait for a retry, an event handler takes no others while all its calls fail.
const OUTAGE: u64 = 1_000;

/// Something that is not as it should be.
pub(super) type Finding = (Verdict, String);

pub(super) fn of_store(store: &StoreHealth) -> Vec<Finding> {
    if let Some(error) = &store.error {
        return vec![(Verdict::Failing, format!("the store does not answer: {error}"))];
    }
    let blockers = store.horizon.iter().flat_map(|horizon| &horizon.blockers);
    blockers.map(|blocker| (Verdict::Degraded, format!("readers are held up by {blocker}"))).collect()
}

pub(super) fn of_appends(error: &StoreError) -> Finding {
    (Verdict::Failing, format!("nothing can be appended: {}", chain(error)))
}

/// Checkpoints where the log has never been, of whomever: events that are yet to come would be skipped.
pub(super) fn of_checkpoints(kept: &[Subscription], horizon: &HorizonReport) -> Vec<Finding> {
    let head = horizon.drawn.max(horizon.head);
    let beyond = kept.iter().filter(|kept| kept.position > head);
    let error = |kept: &Subscription| StoreError::CheckpointBeyondHead {
        name: kept.name.clone(),
        position: kept.position,
        head,
    };
    beyond.map(|kept| (Verdict::Failing, error(kept).to_string())).collect()
}

pub(super) fn of_subscription(health: &SubscriptionHealth, settings: &HealthSettings) -> Vec<Finding> {
    let name = &health.name;
    let mut findings = Vec::new();
    match &health.state {
        State::Running | State::StandingBy => {}
        State::Building(position) => {
            let built = format!("`{name}` is being built anew, up to position {position} so far");
            findings.push((Verdict::Degraded, built));
        }
        State::Ended => findings.push((Verdict::Failing, format!("`{name}` has ended"))),
        State::Superseded(error) => {
            findings.push((Verdict::Degraded, format!("a newer version has taken over: {error}")));
        }
        State::Stalled(error) => findings.push((Verdict::Degraded, format!("`{name}` is stalled: {error}"))),
        State::Stopped(error) => findings.push((Verdict::Failing, format!("`{name}` has stopped: {error}"))),
    }
    if health.behind > settings.behind {
        let late = format!("`{name}` is {:.0} s behind", health.behind.as_secs_f64());
        findings.push((Verdict::Degraded, late));
    }
    if health.waiting >= OUTAGE {
        let away = format!(
            "`{name}` has a thousand events or more that wait for a retry; while all of its calls fail, it takes no others"
        );
        findings.push((Verdict::Degraded, away));
    }
    if health.dead_letters > 0 {
        let first = health.first_failure.as_ref().map(|first| format!(", the first at {first}"));
        let dead = format!("`{name}` has dead letters: {}{}", health.dead_letters, first.unwrap_or_default());
        findings.push((Verdict::Degraded, dead));
    }
    findings
}
