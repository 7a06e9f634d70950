//! Many accounts at a time, each in order: every account has its lane, and a lane books one row after the other.

use std::sync::Arc;

use bank::AccountId;
use cqrs::Application;
use tokio::{sync::mpsc, task::JoinSet};

use crate::file::Row;

use super::{booking::Booker, journal::Journal};

/// How many rows are booked at a time. So many commands wait for one commit of the store, which makes them one group.
const LANES: usize = 256;
/// How many rows wait in a lane.
const WAITING: usize = 32;

/// The lanes while they run.
pub(super) struct Lanes(JoinSet<anyhow::Result<()>>);

/// Where rows go in.
pub(super) struct Inboxes(Vec<mpsc::Sender<Row>>);

/// The lane has ended.
pub(super) struct Ended;

impl Lanes {
    /// Starts as many as there are; they end when the inboxes are dropped and what waits in them is booked.
    pub(super) fn start(application: &Application, journal: &Arc<Journal>) -> (Self, Inboxes) {
        let (mut lanes, mut inboxes) = (JoinSet::new(), Vec::with_capacity(LANES));
        for _ in 0..LANES {
            let (inbox, rows) = mpsc::channel(WAITING);
            lanes.spawn(run(rows, Booker::new(application.dispatcher(), Arc::clone(journal))));
            inboxes.push(inbox);
        }
        (Self(lanes), Inboxes(inboxes))
    }

    /// Waits for all of them, and gives the first error.
    pub(super) async fn finish(mut self) -> anyhow::Result<()> {
        while let Some(ended) = self.0.join_next().await {
            ended??;
        }
        Ok(())
    }
}

async fn run(mut rows: mpsc::Receiver<Row>, mut booker: Booker) -> anyhow::Result<()> {
    while let Some(row) = rows.recv().await {
        booker.book(row).await?;
    }
    Ok(())
}

impl Inboxes {
    /// Puts a row into the lane of its account, and waits for room there.
    pub(super) fn put(&self, row: Row) -> Result<(), Ended> {
        self.of(row.account).blocking_send(row).map_err(|_| Ended)
    }

    fn of(&self, account: AccountId) -> &mpsc::Sender<Row> {
        &self.0[account.number() as usize % self.0.len()]
    }
}
