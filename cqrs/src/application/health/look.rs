//! Looking at everything once.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use jiff::Timestamp;

use crate::{
    error_chain::chain,
    message::Position,
    store::{DeadLetterQuery, DeadLetterState, Store, StoreError, Subscription, read_page},
    subscription::{State, Status, Wanted},
};

use super::{
    super::{Application, inner::Inner},
    Health, StoreHealth, SubscriptionHealth, Verdict,
    verdict::{self, Finding},
    waiting,
};

/// Of more dead letters than that, none is read.
const MOST_READ: u64 = 1_000;

impl Application {
    /// Reports the state of the store, what holds up its readers, and how far each subscription has come. It asks the
    /// store a few questions for each subscription; where the server hides how old a transaction is, it takes as long as
    /// [`HealthSettings::blocked`](super::HealthSettings::blocked).
    pub async fn health(&self) -> Health {
        looking(&self.0).await
    }
}

/// Boxed here, so that it is compiled with this library, and not again with each program.
fn looking(inner: &Inner) -> BoxFuture<'_, Health> {
    of(inner).boxed()
}

pub(super) async fn of(inner: &Inner) -> Health {
    let settings = &inner.health;
    let (store, subscriptions, mut findings) = match look(inner).await {
        Ok(seen) => seen,
        Err(error) => {
            let all = inner.all_subscribed().into_iter().flat_map(|subscribed| subscribed.statuses());
            (silent(inner, &error), all.map(unknown).collect(), Vec::new())
        }
    };
    let of_subscriptions = subscriptions.iter().flat_map(|health| verdict::of_subscription(health, settings));
    let of_appends = inner.core.store().append_failure().map(|error| verdict::of_appends(&error));
    findings.extend(verdict::of_store(&store).into_iter().chain(of_appends).chain(of_subscriptions));
    Health {
        verdict: findings.iter().map(|finding| finding.0).max().unwrap_or(Verdict::Healthy),
        findings: findings.into_iter().map(|finding| finding.1).collect(),
        store,
        subscriptions,
    }
}

/// The store, the subscriptions, and what is found wrong with their checkpoints.
type Seen = (StoreHealth, Vec<SubscriptionHealth>, Vec<Finding>);

async fn look(inner: &Inner) -> Result<Seen, StoreError> {
    let store = inner.core.store();
    let (kept, mut findings) = match store.subscriptions().await {
        Ok(kept) => (kept, Vec::new()),
        // One that cannot be read is no reason to say nothing of the others.
        Err(error @ StoreError::Damaged { .. }) => (Vec::new(), vec![(Verdict::Failing, chain(&error))]),
        Err(error) => return Err(error),
    };
    // After the checkpoints: they move on, and none is ever beyond a log that is looked at later.
    let horizon = store.horizon(inner.health.blocked).await?;
    findings.extend(verdict::of_checkpoints(&kept, &horizon));
    findings.extend(waiting::for_others(inner).await?);
    let mut subscriptions = Vec::new();
    for subscribed in inner.all_subscribed() {
        for status in subscribed.statuses() {
            subscriptions.push(look_at(inner, (&subscribed.wanted, status), &kept, horizon.head).await?);
        }
    }
    subscriptions.sort_by(|one, other| one.name.cmp(&other.name));
    Ok((StoreHealth { name: store.name(), horizon: Some(horizon), error: None }, subscriptions, findings))
}

async fn look_at(
    inner: &Inner,
    (wanted, status): (&Wanted, Status),
    kept: &[Subscription],
    head: Position,
) -> Result<SubscriptionHealth, StoreError> {
    let mut health = unknown(status);
    if matches!(health.state, State::StandingBy | State::Building(_) | State::Superseded(_)) {
        // Others run it, or what is read of it, and this process knows no more than what is kept.
        let position = kept.iter().find(|kept| kept.name == health.name).map(|kept| kept.position);
        health.position = health.position.max(position.unwrap_or_default());
    }
    let store = &**inner.core.store();
    if health.state == State::StandingBy {
        health.holder = store.lease_holder(&health.name).await?;
    }
    if health.position < head {
        let next = wanted.after(health.position).up_to(head);
        let lag = head.get() - health.position.get();
        match read_page(store, &next, 1).await {
            Ok((events, _)) => {
                let Some(event) = events.first() else { return letters(inner, health).await };
                let age = Timestamp::now().duration_since(event.envelope.metadata.time);
                (health.lag, health.behind) = (lag, Duration::try_from(age).unwrap_or_default());
            }
            // It stands before it, or is about to; since when the event is there cannot be read.
            Err(StoreError::Decode(_)) => health.lag = lag,
            Err(error) => return Err(error),
        }
    }
    letters(inner, health).await
}

async fn letters(inner: &Inner, mut health: SubscriptionHealth) -> Result<SubscriptionHealth, StoreError> {
    let store = &**inner.core.store();
    health.dead_letters = store.count_dead_letters(&health.name).await?;
    if (1..=MOST_READ).contains(&health.dead_letters) {
        health.first_failure = first_failure(store, &health.name).await?;
    }
    let waiting = DeadLetterQuery::of(&health.name).state(DeadLetterState::Waiting);
    let most = usize::try_from(MOST_READ).unwrap_or(usize::MAX).saturating_add(1);
    health.waiting = store.dead_letter_page(&waiting, most).await?.len() as u64;
    health.events_per_second = inner.environment.throughput.per_second(&health.name);
    Ok(health)
}

async fn first_failure(store: &dyn Store, name: &str) -> Result<Option<String>, StoreError> {
    let letters = store.dead_letters(name).await?;
    let failed = letters.iter().filter(|letter| letter.state == DeadLetterState::Failed);
    let first = failed.min_by_key(|letter| letter.key.position);
    Ok(first.map(|letter| {
        format!("position {} of stream `{}`: {}", letter.key.position, letter.key.stream, letter.error)
    }))
}

/// What is known without the store.
fn unknown(status: Status) -> SubscriptionHealth {
    SubscriptionHealth {
        name: status.name.to_owned(),
        state: status.state,
        since: status.since,
        holder: None,
        position: status.position,
        lag: 0,
        behind: Duration::ZERO,
        dead_letters: 0,
        first_failure: None,
        waiting: 0,
        events_per_second: 0.0,
    }
}

fn silent(inner: &Inner, error: &StoreError) -> StoreHealth {
    StoreHealth { name: inner.core.store().name(), horizon: None, error: Some(chain(error)) }
}
