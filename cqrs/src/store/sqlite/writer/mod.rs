//! The thread that writes.
//!
//! It owns the one connection that does, and takes requests from a bounded channel: appends, which it commits in
//! groups, and jobs, each in a transaction of its own. Between two jobs the appends that wait go first.

mod group;

use std::{
    collections::VecDeque,
    sync::mpsc as blocking,
    thread,
    time::{Duration, Instant},
};

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot, watch};

use crate::{
    message::Position,
    store::{Appended, StoreError},
};

use super::{
    append::{AppendStatements, PreparedAppend},
    busy, faults,
    options::SqliteOptions,
};

pub(super) use group::Group;

/// How many requests wait in the channel before callers do.
const WAITING: usize = 1_024;

/// How long the writer looks out for the next request before it sleeps.
const LOOK_OUT: Duration = Duration::from_micros(50);

/// How long it does where the request before came as soon: somebody who has been answered comes again, and is likely to do so
/// as soon as the last time. That is what one who writes alone needs to be woken and to decide on the next command.
const LIKELY: Duration = Duration::from_micros(200);

/// What the writer is asked to do.
pub(super) enum Request {
    /// An append, and who waits for its outcome.
    Append(Box<Member>),
    /// Anything else that writes.
    Job(Job),
    /// To take nothing more, finish what was accepted, and end.
    Close,
}

/// Work with the connection; it opens and ends its own transaction, and sends its own answer.
pub(super) type Job = Box<dyn FnOnce(&Connection) + Send>;

/// An append that waits to be written.
pub(super) struct Member {
    pub(super) append: PreparedAppend,
    pub(super) answer: oneshot::Sender<Result<Appended, StoreError>>,
}

/// The way to a running writer. The writer ends when the last sender is dropped.
pub(super) struct WriterHandle {
    pub(super) requests: mpsc::Sender<Request>,
    /// Its sender is dropped when the writer ends.
    pub(super) ended: watch::Receiver<()>,
}

/// Starts the thread, and returns when it is ready for requests.
pub(super) fn start(
    connection: Connection,
    options: &SqliteOptions,
    wake_ups: watch::Sender<Position>,
) -> Result<WriterHandle, StoreError> {
    let (requests, inbox) = mpsc::channel(WAITING);
    let (alive, ended) = watch::channel(());
    let (ready, started) = blocking::sync_channel(1);
    let (max_group, busy_timeout) = (options.max_group, options.busy_timeout);
    let run = move || {
        match AppendStatements::prepare(&connection) {
            Ok(statements) => {
                // Nobody listens any more only if the thread that opens is gone.
                let _ = ready.send(Ok(()));
                let group = Group::new(&connection, statements, wake_ups);
                let (connection, jobs) = (&connection, VecDeque::new());
                Writer { connection, inbox, group, jobs, max_group, patience: LOOK_OUT }.serve();
            }
            Err(error) => {
                let _ = ready.send(Err(faults::engine("prepare the statements", error)));
            }
        }
        // What was accepted is done and the file closed before anybody hears of the end.
        drop(connection);
        drop(alive);
    };
    let run = move || busy::up_to(busy_timeout, run);
    let spawned = thread::Builder::new().name("cqrs-sqlite-writer".into()).spawn(run);
    spawned.map_err(|error| StoreError::engine("start the thread that writes", error))?;
    started.recv().map_err(|error| StoreError::engine("start the thread that writes", error))??;
    Ok(WriterHandle { requests, ended })
}

struct Writer<'connection> {
    connection: &'connection Connection,
    inbox: mpsc::Receiver<Request>,
    group: Group<'connection>,
    jobs: VecDeque<Job>,
    max_group: usize,
    /// How long it looks out for the next request.
    patience: Duration,
}

impl Writer<'_> {
    fn serve(mut self) {
        while self.has_work() {
            self.gather();
            self.group.commit();
            if let Some(job) = self.jobs.pop_front() {
                job(self.connection);
            }
        }
    }

    /// Whether there is something to do; waits for it as long as anybody may still ask.
    fn has_work(&mut self) -> bool {
        if !self.jobs.is_empty() {
            return true;
        }
        // To be put to sleep and woken costs more than a commit without a disk. Nothing but speed rests on how long it looks out:
        // what comes later wakes it.
        let since = Instant::now();
        let request = self.look_out(self.patience).or_else(|| self.inbox.blocking_recv());
        self.patience = if since.elapsed() < LIKELY { LIKELY } else { LOOK_OUT };
        request.map(|request| self.accept(request)).is_some()
    }

    /// Takes the appends that wait. A lone append never waits for company; but where the group before had some,
    /// those just answered are likely to come again, and each is given a fraction of a commit to do so.
    fn gather(&mut self) {
        while self.group.len() < self.max_group {
            let missing = !self.group.is_empty() && self.group.len() < self.group.last_size();
            let patience = if missing { self.group.last_duration() / 8 } else { Duration::ZERO };
            let Some(request) = self.look_out(patience.min(LOOK_OUT)) else { return };
            self.accept(request);
        }
    }

    /// The next request, if it comes within `time`; meanwhile every other thread goes first.
    fn look_out(&mut self, time: Duration) -> Option<Request> {
        let mut since = None;
        loop {
            if let Ok(request) = self.inbox.try_recv() {
                return Some(request);
            }
            if since.get_or_insert_with(Instant::now).elapsed() >= time {
                return None;
            }
            thread::yield_now();
        }
    }

    fn accept(&mut self, request: Request) {
        match request {
            Request::Append(member) => self.group.add(member),
            Request::Job(job) => self.jobs.push_back(job),
            Request::Close => self.inbox.close(),
        }
    }
}
