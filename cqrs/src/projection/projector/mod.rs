//! Running a projection in a database, or a partition of one: page after page, until the application ends, or somebody
//! else owns the partition.

mod catching_up;
mod failing;
mod owning;
mod pages;

use std::{sync::Arc, time::Instant};

use futures_util::FutureExt;
use tokio::sync::mpsc::UnboundedSender;

use crate::{
    message::Position,
    store::{Store, StoreError, Subscription},
    subscription::{
        Environment, Request, Running, Source, State, StatusSender, Woken, is_passing, refuse_beyond_head,
    },
};

use super::InDatabase;

use failing::Failing;
use pages::Pages;

pub(super) struct Projector {
    projection: Arc<dyn InDatabase>,
    source: Source,
    status: StatusSender,
    /// What it is called where somebody looks at it: the projection's name, or the partition's.
    label: &'static str,
    /// Which partition it is; `None` for a projection that is whole.
    partition: Option<usize>,
    /// The name of the checkpoint.
    name: Arc<str>,
    /// Whether what is built is not yet what is read.
    building: bool,
    /// The checkpoint as stored.
    stored: Position,
    /// Everything up to here is done; later than `stored` where no wanted event lies between.
    done: Position,
    epoch: u64,
    failing: Failing,
    pages: Pages,
    /// When the checkpoint of a partition was last stored for the sake of those who wait for it elsewhere.
    told: Instant,
}

/// Why a projection pauses.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Pause {
    /// There is no more to apply, or it is told to end.
    CaughtUp,
    /// It has stopped for good.
    Stopped,
    /// It is a partition that somebody else owns now.
    Lost,
}

pub(super) fn prepare(projection: Arc<dyn InDatabase>, environment: &Environment) -> Running {
    let name = projection.facts().name;
    let (status, watched) = StatusSender::new(name);
    let (projector, requests) = Projector::new(projection, environment, name, status);
    let wanted = projector.source.wanted();
    let task = projector.run().boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}

impl Projector {
    fn new(
        projection: Arc<dyn InDatabase>,
        environment: &Environment,
        label: &'static str,
        status: StatusSender,
    ) -> (Self, UnboundedSender<Request>) {
        let (source, requests) =
            Source::new(environment, Some(projection.facts().kinds), projection.facts().handlers);
        let projector = Self {
            projection,
            source,
            status,
            label,
            partition: None,
            name: label.into(),
            building: false,
            stored: Position::START,
            done: Position::START,
            epoch: 0,
            failing: Failing::default(),
            pages: Pages::default(),
            told: Instant::now(),
        };
        (projector, requests)
    }

    async fn run(mut self) {
        let mut idle = !self.begin().await;
        loop {
            if !idle {
                idle = self.catch_up().await == Pause::Stopped;
            }
            match self.source.wait().await {
                Woken::ShutDown => return self.status.is(State::Ended),
                Woken::Look | Woken::Asked(Request::DeadLetters) => {}
                Woken::Asked(Request::Rebuild(answer)) => {
                    let rebuilt = self.rebuild().await;
                    idle &= rebuilt.is_err();
                    let _ = answer.send(rebuilt);
                }
            }
        }
    }

    /// Finds the checkpoint, creating the tables if need be; says whether there is one.
    async fn begin(&mut self) -> bool {
        loop {
            let store = self.store();
            let begun = match self.projection.begin(&store).await {
                Ok(begun) => refuse_beyond_head(&*store, &begun.name, begun.position).await.map(|()| begun),
                Err(error) => Err(error),
            };
            match begun {
                Ok(subscription) => {
                    self.at(&subscription);
                    self.source.works_as(&self.status, self.state());
                    self.show();
                    return true;
                }
                Err(error) if is_passing(&error) => {
                    if let Woken::ShutDown = self.source.stall(&self.status, &error).await {
                        return false;
                    }
                }
                Err(error) => {
                    self.status.refused(&error);
                    return false;
                }
            }
        }
    }

    async fn rebuild(&mut self) -> Result<(), StoreError> {
        let store = self.store();
        let subscription = self.projection.rebuild(&store).await?;
        self.at(&subscription);
        self.status.restart(self.done);
        self.status.is(self.state());
        Ok(())
    }

    fn at(&mut self, subscription: &Subscription) {
        self.name = subscription.name.as_str().into();
        self.building = subscription.name != self.projection.facts().name;
        (self.stored, self.done, self.epoch) =
            (subscription.position, subscription.position, subscription.epoch);
        // A rebuilt projection meets each event for the first time.
        self.failing = Failing::default();
    }

    /// Shows how far it has come. Who waits for the projection waits for what can be read.
    fn show(&self) {
        if self.building {
            self.status.is(self.state());
        } else {
            self.status.reached(self.done);
        }
    }

    fn state(&self) -> State {
        if self.building { State::Building(self.done) } else { State::Running }
    }

    fn store(&self) -> Arc<dyn Store> {
        Arc::clone(&self.source.environment().store)
    }
}
