//! The task that writes.
//!
//! It takes appends from a bounded channel and hands them, in groups, to a few connections. A lone append never waits
//! for company: groups form only while others are being written. Another connection joins in once as many wait as are
//! being written, or once what is being written takes long: many small groups would cost the server more than few
//! large ones. Many that wait are divided among the connections that are free.

mod group;
mod holds;
mod queue;

use std::time::{Duration, Instant};

use futures_util::{StreamExt, future::BoxFuture, stream::FuturesUnordered};
use sqlx::PgPool;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    message::Position,
    store::{Appended, StoreError},
};

use super::{append::PreparedAppend, connections::Connections, shortage::Shortage};

use group::Finished;
use queue::Queue;

/// How many requests wait before callers do.
const WAITING: usize = 1_024;

/// How many are not divided: a group costs the server something of itself, and a commit.
const FEW: usize = 16;

/// How long a few wait for a larger group that is being written. It may be stuck.
const PATIENCE: Duration = Duration::from_millis(5);

/// What the writer is asked to do.
pub(super) enum Request {
    /// An append, and who waits for its outcome.
    Append(Box<Member>),
    /// To take nothing more, finish what was accepted, and end.
    Close,
}

/// An append that waits to be written.
pub(super) struct Member {
    pub(super) append: PreparedAppend,
    /// Taken once the outcome is sent.
    answer: Option<oneshot::Sender<Result<Appended, StoreError>>>,
    since: Instant,
    /// Whether it was blocked by a lock, and is to be tried without company.
    alone: bool,
}

impl Member {
    pub(super) fn new(append: PreparedAppend, answer: oneshot::Sender<Result<Appended, StoreError>>) -> Self {
        Self { append, answer: Some(answer), since: Instant::now(), alone: false }
    }
}

/// The way to a running writer. The writer ends when the last sender is dropped.
pub(super) struct WriterHandle {
    pub(super) requests: mpsc::Sender<Request>,
    /// Its sender is dropped when the writer ends.
    pub(super) ended: watch::Receiver<()>,
}

/// How the writer works.
pub(super) struct Settings {
    pub(super) connections: usize,
    pub(super) max_group: usize,
    /// How many bytes a group has at most, about, unless one append has more.
    pub(super) max_group_bytes: usize,
    pub(super) busy_timeout: Duration,
}

/// Who is told the last position of each group.
#[derive(Clone)]
pub(super) struct Commits {
    /// Readers of this process.
    pub(super) own: watch::Sender<Position>,
    /// Who tells other processes.
    pub(super) others: watch::Sender<Position>,
}

impl Commits {
    fn announce(&self, last: Position) {
        for readers in [&self.own, &self.others] {
            readers.send_modify(|position| *position = last.max(*position));
        }
    }
}

/// Starts the task.
pub(super) fn start(pool: PgPool, shortage: Shortage, settings: Settings, commits: Commits) -> WriterHandle {
    let (requests, inbox) = mpsc::channel(WAITING);
    let (alive, ended) = watch::channel(());
    let writer = Writer {
        connections: Connections::of(pool, shortage),
        settings,
        commits,
        inbox,
        open: true,
        queue: Queue::default(),
        running: FuturesUnordered::new(),
        writing: 0,
        since: Instant::now(),
    };
    tokio::spawn(async move {
        writer.serve().await;
        drop(alive);
    });
    WriterHandle { requests, ended }
}

/// Invariant: a command, or a stream that is written, belongs to at most one of the groups that are running, and to one
/// append of it; a stream that is guarded may belong to many that guard it. The others wait in the queue, in their order.
struct Writer {
    connections: Connections,
    settings: Settings,
    commits: Commits,
    inbox: mpsc::Receiver<Request>,
    open: bool,
    queue: Queue,
    running: FuturesUnordered<BoxFuture<'static, Finished>>,
    /// How many members the running groups have.
    writing: usize,
    /// When the last group was started.
    since: Instant,
}

impl Writer {
    async fn serve(mut self) {
        loop {
            self.take_waiting();
            self.start_groups();
            if !self.open && self.running.is_empty() && self.queue.is_empty() {
                self.connections.close().await;
                return;
            }
            tokio::select! {
                request = self.inbox.recv(), if self.open && self.queue.len() < WAITING => self.accept(request),
                () = tokio::time::sleep(PATIENCE), if self.is_holding_back() => {}
                () = until(self.connections.due()) => self.connections.give_back(),
                Some(finished) = self.running.next() => {
                    let members = finished.members.len();
                    self.writing -= members;
                    self.connections.keep(finished.connection);
                    self.queue.finish(finished.members, finished.alone);
                    // Those it answered are woken by now: what they append next shares a transaction. For one alone it
                    // would only wake up another thread.
                    if members > 1 {
                        tokio::task::yield_now().await;
                    }
                }
            }
        }
    }

    fn take_waiting(&mut self) {
        while self.queue.len() < WAITING
            && let Ok(request) = self.inbox.try_recv()
        {
            self.accept(Some(request));
        }
    }

    fn accept(&mut self, request: Option<Request>) {
        match request {
            Some(Request::Append(member)) => self.queue.add(member),
            Some(Request::Close) => self.inbox.close(),
            None => self.open = false,
        }
    }

    fn start_groups(&mut self) {
        while self.running.len() < self.settings.connections && !self.is_holding_back() {
            // One connection is kept for those that nothing blocks.
            let alone = self.queue.running_alone() + 1 < self.settings.connections.max(2);
            let members = self.queue.next_group(self.share(), self.settings.max_group_bytes, alone);
            if members.is_empty() {
                return;
            }
            (self.writing, self.since) = (self.writing + members.len(), Instant::now());
            let (connection, commits) = (self.connections.take(), self.commits.clone());
            self.running.push(Box::pin(group::commit(
                connection,
                members,
                self.settings.busy_timeout,
                commits,
            )));
        }
    }

    /// How many of those that wait the next group has: many are divided among the connections that are free, so that the
    /// server works on two groups, or on one while the callers of another go on.
    fn share(&self) -> usize {
        let free = self.settings.connections.saturating_sub(self.running.len()).max(1);
        self.queue.len().div_ceil(free).max(FEW).min(self.settings.max_group)
    }

    /// Whether those that wait are better written with others, after what is being written.
    fn is_holding_back(&self) -> bool {
        !self.running.is_empty()
            && !self.queue.is_empty()
            && self.queue.len() < self.writing
            && self.since.elapsed() < PATIENCE
    }
}

/// Waits until then, or for ever.
async fn until(due: Option<Instant>) {
    match due {
        Some(due) => tokio::time::sleep_until(due.into()).await,
        None => std::future::pending().await,
    }
}
