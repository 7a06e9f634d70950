//! The same for the recorder of the process.

use std::sync::Weak;

use metrics::gauge;

use super::{super::inner::Inner, Health, SubscriptionHealth, Verdict, look};

/// Sets the gauges again and again, until the application ends.
pub(crate) async fn keep_gauges(inner: Weak<Inner>) {
    let Some((every, mut shutdown)) =
        inner.upgrade().map(|inner| (inner.health.every, inner.environment.shutdown.clone()))
    else {
        return;
    };
    loop {
        tokio::select! {
            biased;
            _ = shutdown.wait_for(|down| *down) => return,
            () = tokio::time::sleep(every) => {}
        }
        let Some(inner) = inner.upgrade() else { return };
        set(&look::of(&inner).await);
    }
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^52 it is not told apart")]
fn set(health: &Health) {
    gauge!("cqrs_health").set(match health.verdict {
        Verdict::Healthy => 1.0,
        Verdict::Degraded => 0.5,
        Verdict::Failing => 0.0,
    });
    if let Some(horizon) = &health.store.horizon {
        let ages = horizon.blockers.iter().filter_map(|blocker| blocker.age);
        gauge!("cqrs_log_head").set(horizon.head.get() as f64);
        gauge!("cqrs_horizon_lag").set((horizon.drawn.get() - horizon.head.get()) as f64);
        gauge!("cqrs_horizon_blockers").set(horizon.blockers.len() as f64);
        gauge!("cqrs_horizon_blocker_seconds").set(ages.max().unwrap_or_default().as_secs_f64());
    }
    health.subscriptions.iter().for_each(set_subscription);
}

#[expect(clippy::cast_precision_loss, reason = "beyond 2^52 it is not told apart")]
fn set_subscription(health: &SubscriptionHealth) {
    let name = || health.name.clone();
    gauge!("cqrs_subscription_lag", "subscription" => name()).set(health.lag as f64);
    gauge!("cqrs_subscription_behind_seconds", "subscription" => name()).set(health.behind.as_secs_f64());
    gauge!("cqrs_subscription_dead_letters", "subscription" => name()).set(health.dead_letters as f64);
    gauge!("cqrs_subscription_waiting", "subscription" => name()).set(health.waiting as f64);
    gauge!("cqrs_subscription_events_per_second", "subscription" => name()).set(health.events_per_second);
}
