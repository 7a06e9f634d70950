//! What an application owns.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures_util::FutureExt;
use tokio::{
    sync::{mpsc, watch},
    task::JoinSet,
};

use crate::{
    dispatch::Core,
    registry::Registry,
    subscription::{Environment, Request, Running, State, Status, Wanted},
};

use super::HealthSettings;

/// What an application owns.
#[derive(Debug)]
pub(super) struct Inner {
    pub(super) core: Arc<Core>,
    pub(super) registry: Registry,
    pub(super) environment: Environment,
    pub(super) shutdown: watch::Sender<bool>,
    pub(super) health: HealthSettings,
    subscriptions: Mutex<Subscriptions>,
}

#[derive(Debug, Default)]
struct Subscriptions {
    running: HashMap<Key, Subscribed>,
    tasks: JoinSet<()>,
}

/// What names a subscription within the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Key {
    /// The type of the projection or event handler.
    Type(TypeId),
    /// The name of the relay.
    Relay(&'static str),
    /// A worker of a process manager, by the name of its checkpoint.
    Worker(&'static str),
}

impl Key {
    pub(super) fn of<T: 'static>() -> Self {
        Self::Type(TypeId::of::<T>())
    }
}

/// A subscription, as the application keeps it while its task runs.
#[derive(Clone, Debug)]
pub(super) struct Subscribed {
    pub(super) status: watch::Receiver<Status>,
    pub(super) parts: Vec<watch::Receiver<Status>>,
    pub(super) requests: mpsc::UnboundedSender<Request>,
    pub(super) wanted: Wanted,
    pub(super) model: Option<Arc<dyn std::any::Any + Send + Sync>>,
}

impl Subscribed {
    /// What one waits for: its partitions, if it is divided, or it itself.
    pub(super) fn each(&self) -> Vec<watch::Receiver<Status>> {
        if self.parts.is_empty() { vec![self.status.clone()] } else { self.parts.clone() }
    }

    /// How far it has come, and each of its partitions: it is as far as the last of them, and as well as the worst.
    pub(super) fn statuses(&self) -> Vec<Status> {
        let parts: Vec<_> = self.parts.iter().map(|part| part.borrow().clone()).collect();
        let mut whole = self.status.borrow().clone();
        whole.position = parts.iter().map(|part| part.position).min().unwrap_or(whole.position);
        if whole.state == State::Running
            && let Some(worst) = parts.iter().max_by_key(|part| part.state.severity())
        {
            whole.state = worst.state.clone();
        }
        std::iter::once(whole).chain(parts).collect()
    }
}

impl Inner {
    pub(super) fn new(
        core: Arc<Core>,
        registry: Registry,
        environment: Environment,
        shutdown: watch::Sender<bool>,
        health: HealthSettings,
    ) -> Self {
        Self { core, registry, environment, shutdown, health, subscriptions: Mutex::default() }
    }

    fn subscriptions(&self) -> MutexGuard<'_, Subscriptions> {
        self.subscriptions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The subscription, if it runs.
    pub(super) fn subscribed(&self, key: Key) -> Option<Subscribed> {
        self.subscriptions().running.get(&key).cloned()
    }

    /// All that run.
    pub(super) fn all_subscribed(&self) -> Vec<Subscribed> {
        self.subscriptions().running.values().cloned().collect()
    }

    /// Runs a subscription, unless it runs already.
    pub(super) fn run(&self, key: Key, prepare: impl FnOnce(&Environment) -> Running) -> Subscribed {
        let mut subscriptions = self.subscriptions();
        if let Some(known) = subscriptions.running.get(&key) {
            return known.clone();
        }
        let Running { status, parts, requests, wanted, model, task } = prepare(&self.environment);
        subscriptions.tasks.spawn(task);
        let subscribed = Subscribed { status, parts, requests, wanted, model };
        subscriptions.running.insert(key, subscribed.clone());
        subscribed
    }

    /// Runs a task until the application ends.
    pub(super) fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        // As a subscription's is: one type of task for all, so that the compiler makes one.
        self.subscriptions().tasks.spawn(task.boxed());
    }

    /// The tasks, for whoever ends the application.
    pub(super) fn take_tasks(&self) -> JoinSet<()> {
        std::mem::take(&mut self.subscriptions().tasks)
    }
}

impl Drop for Inner {
    fn drop(&mut self) {
        self.shutdown.send_replace(true);
        // The tasks end by themselves: each finishes the event it is at.
        self.take_tasks().detach_all();
    }
}
