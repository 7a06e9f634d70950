//! Group commit: the appends that wait share a transaction, and each has its own outcome.

use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::watch;

use crate::{
    message::Position,
    store::{Appended, StoreError},
};

use super::{
    super::{
        append::{self, AppendStatements, Refused},
        faults,
        head::is_exhausted,
    },
    Member,
};

type Outcome = Result<Appended, StoreError>;

/// Appends about to be committed together.
///
/// Invariant: a member is answered, and readers are woken, only after the transaction that decided its outcome has
/// ended; so nobody ever acts on something that is rolled back later.
#[expect(clippy::vec_box, reason = "members come boxed out of the channel")]
pub(in super::super) struct Group<'connection> {
    connection: &'connection Connection,
    statements: AppendStatements<'connection>,
    wake_ups: watch::Sender<Position>,
    members: Vec<Box<Member>>,
    outcomes: Vec<Outcome>,
    last_size: usize,
    last_duration: Duration,
}

/// Why a transaction did not come to its end.
enum Broken {
    /// Nothing was written, and each of several members may be tried alone.
    Blame(StoreError),
    /// It concerns all members alike.
    All(StoreError),
}

impl<'connection> Group<'connection> {
    pub(super) fn new(
        connection: &'connection Connection,
        statements: AppendStatements<'connection>,
        wake_ups: watch::Sender<Position>,
    ) -> Self {
        Self {
            connection,
            statements,
            wake_ups,
            members: Vec::new(),
            outcomes: Vec::new(),
            last_size: 0,
            last_duration: Duration::ZERO,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.members.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// How many members the group before had.
    pub(super) fn last_size(&self) -> usize {
        self.last_size
    }

    /// How long the group before took.
    pub(super) fn last_duration(&self) -> Duration {
        self.last_duration
    }

    pub(super) fn add(&mut self, member: Box<Member>) {
        self.members.push(member);
    }

    /// Writes the members, in one transaction if possible, and answers them.
    pub(super) fn commit(&mut self) {
        let members = std::mem::take(&mut self.members);
        if members.is_empty() {
            return;
        }
        let started = Instant::now();
        self.write(&members);
        (self.last_size, self.last_duration) = (members.len(), started.elapsed());
        self.wake_readers();
        // The buffer is kept; the members go, whether or not anybody still waits for the answer.
        self.members = answer(members, &mut self.outcomes);
    }

    fn write(&mut self, members: &[Box<Member>]) {
        match self.attempt(members) {
            Ok(()) => {}
            Err(Broken::Blame(_)) if members.len() > 1 => self.write_singly(members),
            Err(Broken::Blame(error) | Broken::All(error)) => {
                self.outcomes.clear();
                self.outcomes.resize(members.len(), Err(error));
            }
        }
    }

    /// After the engine failed in the middle of a group: who is to blame fails alone, and the others are judged by
    /// their own expectations again.
    fn write_singly(&mut self, members: &[Box<Member>]) {
        let mut outcomes = Vec::with_capacity(members.len());
        for member in members {
            self.write(std::slice::from_ref(member));
            outcomes.append(&mut self.outcomes);
        }
        self.outcomes = outcomes;
    }

    /// One transaction. Without an error it is committed, and `outcomes` has one for each member.
    fn attempt(&mut self, members: &[Box<Member>]) -> Result<(), Broken> {
        self.outcomes.clear();
        self.begin().map_err(Broken::All)?;
        for member in members {
            let outcome = match append::write(&mut self.statements, &member.append) {
                Ok(appended) => Ok(appended),
                Err(Refused::ByRule(error)) => Err(error),
                Err(Refused::ByEngine(error)) => {
                    self.roll_back();
                    return Err(Broken::Blame(self.fault(error)));
                }
            };
            self.outcomes.push(outcome);
        }
        self.end()
    }

    /// Why an insert failed. That there is no room and that there is no position left are one to SQLite.
    fn fault(&self, error: rusqlite::Error) -> StoreError {
        match faults::engine("append", error) {
            StoreError::Full(cause) if is_exhausted(self.connection).unwrap_or_default() => {
                let what = format!("positions are counted up to {}, the greatest there is", i64::MAX);
                StoreError::Damaged { what, source: Some(cause) }
            }
            error => error,
        }
    }

    fn begin(&mut self) -> Result<(), StoreError> {
        let started = Instant::now();
        // A roll-back that failed before is made up for; else nothing could ever be written again.
        self.roll_back();
        self.statements.begin.execute([]).map_err(|error| faults::locked("begin", started, error))?;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Broken> {
        let Err(error) = self.statements.commit.execute([]) else { return Ok(()) };
        self.roll_back();
        Err(match faults::commit(error) {
            full @ StoreError::Full(_) => Broken::Blame(full),
            other => Broken::All(other),
        })
    }

    /// Ends the transaction if it still lives: some errors end it by themselves.
    fn roll_back(&self) {
        if !self.connection.is_autocommit()
            && let Err(error) = self.connection.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction could not be rolled back");
        }
    }

    fn wake_readers(&self) {
        let positions = self.outcomes.iter().flatten().map(Appended::last_position);
        // One without events is nothing to look for.
        if let Some(position) = positions.max().filter(|position| *position > Position::START) {
            self.wake_ups.send_replace(position);
        }
    }
}

#[expect(clippy::vec_box, reason = "members come boxed out of the channel")]
fn answer(mut members: Vec<Box<Member>>, outcomes: &mut Vec<Outcome>) -> Vec<Box<Member>> {
    for (member, outcome) in members.drain(..).zip(outcomes.drain(..)) {
        // An error here is a caller that no longer waits; the write stands.
        let _ = member.answer.send(outcome);
    }
    members
}
