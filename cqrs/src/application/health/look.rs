//! Looking at everything once.

use std::time::Duration;

use jiff::Timestamp;

use crate::{
    error_chain::chain,
    message::Position,
    store::{StoreError, Subscription, read_page},
    subscription::{State, Status, Wanted},
};

use super::{
    super::{Application, inner::Inner},
    Health, StoreHealth, SubscriptionHealth, Verdict, verdict,
};

impl Application {
    /// How the application is: the store, who holds up its readers, and how far each subscription has come. It asks the
    /// store a few questions for each subscription; where the server hides how old a transaction is, it takes as long as
    /// [`HealthSettings::blocked`](super::HealthSettings::blocked).
    pub async fn health(&self) -> Health {
        of(&self.0).await
    }
}

pub(super) async fn of(inner: &Inner) -> Health {
    let settings = &inner.health;
    let (store, subscriptions) = match look(inner).await {
        Ok((store, subscriptions)) => (store, subscriptions),
        Err(error) => {
            let all = inner.all_subscribed().into_iter().flat_map(|subscribed| subscribed.statuses());
            (silent(inner, &error), all.map(unknown).collect())
        }
    };
    let of_subscriptions = subscriptions.iter().flat_map(|health| verdict::of_subscription(health, settings));
    let findings: Vec<_> = verdict::of_store(&store).into_iter().chain(of_subscriptions).collect();
    Health {
        verdict: findings.iter().map(|finding| finding.0).max().unwrap_or(Verdict::Healthy),
        findings: findings.into_iter().map(|finding| finding.1).collect(),
        store,
        subscriptions,
    }
}

async fn look(inner: &Inner) -> Result<(StoreHealth, Vec<SubscriptionHealth>), StoreError> {
    let store = inner.core.store();
    let horizon = store.horizon(inner.health.blocked).await?;
    let kept = store.subscriptions().await?;
    let mut subscriptions = Vec::new();
    for subscribed in inner.all_subscribed() {
        for status in subscribed.statuses() {
            subscriptions.push(look_at(inner, (&subscribed.wanted, status), &kept, horizon.head).await?);
        }
    }
    subscriptions.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((StoreHealth { name: store.name(), horizon: Some(horizon), error: None }, subscriptions))
}

async fn look_at(
    inner: &Inner,
    (wanted, status): (&Wanted, Status),
    kept: &[Subscription],
    head: Position,
) -> Result<SubscriptionHealth, StoreError> {
    let mut health = unknown(status);
    if matches!(health.state, State::StandingBy | State::Building(_)) {
        // Others run it, or what is read of it, and this process knows no more than what is kept.
        let position = kept.iter().find(|kept| kept.name == health.name).map(|kept| kept.position);
        health.position = health.position.max(position.unwrap_or_default());
    }
    let store = &**inner.core.store();
    if health.position < head {
        let next = wanted.after(health.position).up_to(head);
        if let Some(event) = read_page(store, &next, 1).await?.0.first() {
            health.lag = head.get() - health.position.get();
            health.behind = Duration::try_from(Timestamp::now().duration_since(event.envelope.metadata.time))
                .unwrap_or_default();
        }
    }
    health.dead_letters = store.count_dead_letters(&health.name).await?;
    health.events_per_second = inner.environment.throughput.per_second(&health.name);
    Ok(health)
}

/// What is known without the store.
fn unknown(status: Status) -> SubscriptionHealth {
    SubscriptionHealth {
        name: status.name.to_owned(),
        state: status.state,
        position: status.position,
        lag: 0,
        behind: Duration::ZERO,
        dead_letters: 0,
        events_per_second: 0.0,
    }
}

fn silent(inner: &Inner, error: &StoreError) -> StoreHealth {
    StoreHealth { name: inner.core.store().name(), horizon: None, error: Some(chain(error)) }
}
