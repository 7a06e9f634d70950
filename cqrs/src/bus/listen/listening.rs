//! The handle of what listens.

use std::{marker::PhantomData, sync::Arc, time::Duration};

use futures_util::FutureExt;
use smol_str::SmolStr;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
    time::timeout,
};

use crate::bus::{BusError, Consumer, Message};

use super::{
    HandlingError, Settings,
    fetch::Fetch,
    held::Held,
    phase::Phase,
    worker::{Arrived, Worker},
};

/// How a stop went. Nothing is lost either way: what was not handled is back on the bus.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// Everything that was taken was handled, or given back to be tried again later.
    Drained,
    /// The grace was over before all handlers had ended; they were dropped where they waited.
    Abandoned,
}

/// How long dropped handlers may take to notice. One that blocks its thread never does, and is left behind.
const LAST_WAIT: Duration = Duration::from_secs(1);

/// Something that listens to a bus. Dropping it stops as [`Listening::stop`] does, without waiting for the end.
#[derive(Debug)]
pub struct Listening {
    phase: watch::Sender<Phase>,
    fetch: JoinHandle<Result<(), BusError>>,
    grace: Duration,
}

impl Listening {
    pub(super) fn spawn<M, F, R>(
        consumer: Box<dyn Consumer>,
        group: &SmolStr,
        settings: Settings,
        handler: F,
    ) -> Self
    where
        M: Message,
        F: Fn(Arrived<M>) -> R + Send + Sync + 'static,
        R: Future<Output = Result<(), HandlingError>> + Send + 'static,
    {
        let (phase, watched) = watch::channel(Phase::Running);
        let handler = Arc::new(handler);
        let mut workers = JoinSet::new();
        let mut inboxes = Vec::with_capacity(settings.workers);
        for _ in 0..settings.workers {
            let (inbox, receiver) = mpsc::channel(settings.prefetch);
            inboxes.push(inbox);
            let worker = Worker {
                inbox: receiver,
                group: group.clone(),
                handler: Arc::clone(&handler),
                retry: settings.retry,
                phase: watched.clone(),
                held: Held::default(),
                messages: PhantomData,
            };
            // One type of task, whatever is handled: each costs the compiler a page of code.
            workers.spawn(worker.run().boxed());
        }
        let fetch = tokio::spawn(Fetch { consumer, inboxes, workers, phase: watched }.run().boxed());
        Self { phase, fetch, grace: settings.grace }
    }

    /// Returns whether it still listens. It ends by itself when the bus is closed or fails for good; [`Listening::stop`] then
    /// says why.
    pub fn is_running(&self) -> bool {
        !self.fetch.is_finished()
    }

    /// Waits until it ends by itself.
    pub async fn ended(&self) {
        // The task and its workers hold the other end as long as they live.
        self.phase.closed().await;
    }

    /// Takes no more messages, handles those it has, gives back those that wait for a retry, and returns. Handlers
    /// that run longer than the grace are dropped. An error is the one it ended with by itself before.
    pub async fn stop(mut self) -> Result<Stopped, BusError> {
        for (phase, wait, stopped) in [
            (Phase::Draining, self.grace, Stopped::Drained),
            (Phase::Abandoned, LAST_WAIT, Stopped::Abandoned),
        ] {
            self.phase.send_replace(phase);
            if let Ok(ended) = timeout(wait, &mut self.fetch).await {
                return ended
                    .unwrap_or_else(|lost| Err(BusError::transport("listen", lost)))
                    .map(|()| stopped);
            }
        }
        // Dropping the consumer gives everything back, whatever the blocked handler does.
        self.fetch.abort();
        Ok(Stopped::Abandoned)
    }
}
