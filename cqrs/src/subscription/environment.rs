//! What every subscription of an application runs with.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, watch};

use crate::{clock::Clock, services::Services, store::Store};

use super::{Status, SubscriptionSettings, Tail, throughput::Throughput, wanted::Wanted};

/// What every subscription of an application runs with.
#[derive(Clone)]
pub struct Environment {
    pub(crate) store: Arc<dyn Store>,
    pub(crate) tail: Arc<Tail>,
    pub(crate) throughput: Arc<Throughput>,
    pub(crate) services: Services,
    /// By which it is judged what is due.
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) settings: SubscriptionSettings,
    /// Becomes true when the application shuts down.
    pub(crate) shutdown: watch::Receiver<bool>,
    /// Who this process is, to the leases.
    pub(crate) owner: uuid::Uuid,
}

/// A subscription that is ready to run.
pub struct Running {
    pub(crate) status: watch::Receiver<Status>,
    /// Of each of its partitions, if it is divided.
    pub(crate) parts: Vec<watch::Receiver<Status>>,
    /// Requests from outside: to rebuild, or to look at the dead letters now.
    pub(crate) requests: mpsc::UnboundedSender<Request>,
    /// The events it wants.
    pub(crate) wanted: Wanted,
    /// The read model, if it is one in memory.
    pub(crate) model: Option<Arc<dyn std::any::Any + Send + Sync>>,
    pub(crate) task: BoxFuture<'static, ()>,
}

/// What a running subscription may be asked.
#[derive(Debug)]
pub(crate) enum Request {
    /// Build the projection anew from the first event.
    Rebuild(tokio::sync::oneshot::Sender<Result<(), crate::store::StoreError>>),
    /// Look at the dead letters.
    DeadLetters,
}

impl Environment {
    pub(crate) fn is_shutting_down(&self) -> bool {
        *self.shutdown.borrow()
    }
}

impl std::fmt::Debug for Environment {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Environment({})", self.store.name())
    }
}

impl std::fmt::Debug for Running {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Running({})", self.status.borrow().name)
    }
}
