//! One part, as this process sees it.

use std::{sync::Arc, time::Instant};

use tokio::{
    sync::{mpsc::UnboundedSender, watch},
    task::{Id, JoinSet},
};

use super::{
    Divided, Environment, Lease, PartitionView, Peer, Position, Request, Status, StatusSender, StoreError,
    Taken,
};

/// One part.
pub(super) struct Slot {
    pub(super) name: &'static str,
    pub(super) status: StatusSender,
    pub(super) watched: watch::Receiver<Status>,
    /// The version of what was written in it, where that matters.
    pub(super) version: u32,
    index: usize,
    worker: Option<Worker>,
}

/// The worker of a part that this process owns, or has owned until just now.
struct Worker {
    id: Id,
    lease: Lease,
    stop: watch::Sender<bool>,
    requests: UnboundedSender<Request>,
}

impl Slot {
    pub(super) fn new(name: &'static str, index: usize) -> Self {
        let (status, watched) = StatusSender::new(name);
        Self { name, status, watched, version: 0, index, worker: None }
    }

    /// Whether a worker runs.
    pub(super) fn is_owned(&self) -> bool {
        self.worker.is_some()
    }

    /// Whether a worker runs that was not told to stop.
    pub(super) fn is_kept(&self) -> bool {
        self.worker.as_ref().is_some_and(|worker| !*worker.stop.borrow())
    }

    pub(super) fn is_run_by(&self, id: Id) -> bool {
        self.worker.as_ref().is_some_and(|worker| worker.id == id)
    }

    /// The lease under which a worker runs, if one does.
    pub(super) fn lease(&self) -> Option<&Lease> {
        self.worker.as_ref().map(|worker| &worker.lease)
    }

    pub(super) fn start(
        &mut self,
        divided: &Arc<dyn Divided>,
        environment: &Environment,
        (lease, position, since): (Lease, Position, Instant),
        workers: &mut JoinSet<()>,
    ) {
        let (stop, stopped) = watch::channel(false);
        let environment = Environment { shutdown: stopped, ..environment.clone() };
        let status = self.status.clone();
        let taken = Taken { environment, status, lease: lease.clone(), position, since };
        let (work, requests) = divided.work(self.index, taken);
        let id = workers.spawn(work).id();
        self.worker = Some(Worker { id, lease, stop, requests });
    }

    /// Finishes what is under way, and works no more.
    pub(super) fn stop(&mut self) {
        if let Some(worker) = &self.worker {
            worker.stop.send_replace(true);
        }
    }

    /// The worker has ended: its lease.
    pub(super) fn end(&mut self) -> Option<Lease> {
        self.worker.take().map(|worker| worker.lease)
    }

    pub(super) fn look_at_dead_letters(&self) {
        if let Some(worker) = &self.worker {
            // One that has ended looks when it begins again.
            let _ = worker.requests.send(Request::DeadLetters);
        }
    }

    /// Nobody can work on the part; whoever does so all the same says for himself what is wrong.
    pub(super) fn has_stopped(&self, error: &StoreError) {
        if self.worker.is_none() {
            self.status.stopped(error);
        }
    }

    /// Takes note of how the part is in the store; says whether this process does not work on it.
    pub(super) fn compare(&mut self, view: &PartitionView, process: Peer) -> bool {
        let owner = process.owner;
        match &self.worker {
            Some(worker) if view.owner == Some(owner) && view.epoch == worker.lease.epoch => {}
            // It was taken over, or is built anew.
            Some(_) => self.stop(),
            None if view.free && self.version > process.knows => {
                self.status.is_beyond(self.version, process.knows);
            }
            None => match &view.stopped {
                Some(error) if !view.free => self.status.has_stopped_elsewhere(view.position, error),
                _ => self.status.stands_by(view.position),
            },
        }
        self.worker.is_none()
    }
}
