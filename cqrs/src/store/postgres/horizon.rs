//! How far the log is final.
//!
//! Positions come from a sequence, and transactions end in any order: position 2 may be committed while 1 is still on
//! its way. A reader that has passed 1 by then would never see it. So readers stop at the horizon.
//!
//! Whoever adds events holds a shared lock, the fence, from before the first position is drawn until the transaction
//! has ended. A sighting takes down the last position committed, and *afterwards* who holds the fence. Whoever drew a
//! position up to there either has ended by then or is among the holders. So once each of these has ended, everything
//! up to that position is final: it is committed and seen by every later statement, or it was rolled back and is a gap
//! for ever. Nobody waits for a transaction that does not append, and no clock is asked.
//!
//! It is not the last position *drawn*: a server that crashes forgets what was drawn from a sequence and not committed,
//! and gives it out again; a reader that had passed it as a gap would miss the event that gets it. With a commit
//! everything drawn before is on disk.

use std::{
    collections::VecDeque,
    sync::atomic::{AtomicU64, Ordering},
};

use sqlx::{PgConnection, Row, postgres::PgRow};
use tokio::sync::{Mutex, MutexGuard};

use crate::{message::Position, store::StoreError};

use super::faults;

/// How many sightings wait for their holders at most.
const WAITING: usize = 64;

/// Who is where, at one time.
#[derive(Debug)]
pub(super) struct Sighting {
    /// The last position committed.
    committed: i64,
    /// The transactions that hold the fence, looked at after that.
    holders: Vec<String>,
    /// Whether one of them is prepared to commit in two phases, and so goes by another name than before.
    prepared: bool,
    /// The first event beyond the last position given out, which counts as not committed.
    beyond: Option<i64>,
}

/// Everything up to it is final; it never moves back.
#[derive(Debug, Default)]
pub(super) struct Horizon {
    known: AtomicU64,
    /// The first event that was seen beyond the last position given out; 0 for none.
    beyond: AtomicU64,
    /// Invariant: the lock is held from before a sighting is asked for until it is taken in, so that they are taken in
    /// in the order in which they were made.
    sightings: Mutex<Sightings>,
}

impl Horizon {
    /// The horizon as of the last look.
    pub(super) fn known(&self) -> Position {
        Position::new(self.known.load(Ordering::Acquire))
    }

    /// Where an event stands, as of the last look, that cannot be there: no position so far was given out yet. Whoever passed
    /// over to it would miss all that is yet to come before it.
    pub(super) fn beyond(&self) -> Option<Position> {
        Some(Position::new(self.beyond.load(Ordering::Acquire)))
            .filter(|position| *position > Position::START)
    }

    /// Looks again.
    pub(super) async fn look(&self, connection: &mut PgConnection) -> Result<Position, StoreError> {
        let asking = self.ask().await;
        let sighting = sqlx::query(include_str!("sql/horizon.sql")).fetch_one(connection).await;
        let sighting = sighting.and_then(|row| Sighting::of(&row, 0, 3));
        Ok(asking.take_in(sighting.map_err(|error| faults::engine("look at the fence", error))?))
    }

    /// Whoever is about to ask for a sighting waits for his turn.
    pub(super) async fn ask(&self) -> Asking<'_> {
        Asking { horizon: self, sightings: self.sightings.lock().await }
    }
}

/// A sighting is being asked for: meanwhile no other is.
pub(super) struct Asking<'a> {
    horizon: &'a Horizon,
    sightings: MutexGuard<'a, Sightings>,
}

impl Asking<'_> {
    /// How far everything is final, in view of the sighting.
    pub(super) fn take_in(mut self, sighting: Sighting) -> Position {
        self.horizon.beyond.store(sighting.beyond.unwrap_or(0).unsigned_abs(), Ordering::Release);
        let reached = self.sightings.take_in(sighting);
        self.horizon.known.fetch_max(reached.unsigned_abs(), Ordering::AcqRel);
        self.horizon.known()
    }
}

/// Sightings whose holders were not all seen to have ended, the oldest first.
#[derive(Debug, Default)]
struct Sightings {
    waiting: VecDeque<Sighting>,
    reached: i64,
}

impl Sightings {
    /// How far everything is final, in view of a new sighting.
    fn take_in(&mut self, present: Sighting) -> i64 {
        while self.waiting.front().is_some_and(|past| past.has_ended(&present)) {
            let ended = self.waiting.pop_front();
            self.reached = self.reached.max(ended.map_or(0, |past| past.committed));
        }
        if present.holders.is_empty() {
            self.reached = self.reached.max(present.committed);
        } else if self.waiting.len() < WAITING && present.committed > self.latest() {
            self.waiting.push_back(present);
        }
        self.reached
    }

    fn latest(&self) -> i64 {
        self.waiting.back().map_or(self.reached, |past| past.committed)
    }
}

impl Sighting {
    /// A sighting as three columns of a row, and one for an event beyond what was given out.
    pub(super) fn of(row: &PgRow, first: usize, beyond: usize) -> sqlx::Result<Self> {
        Ok(Self {
            committed: row.try_get(first)?,
            holders: row.try_get(first + 1)?,
            prepared: row.try_get(first + 2)?,
            beyond: row.try_get(beyond)?,
        })
    }

    /// How far everything is final by itself, or as it was known to be before.
    pub(super) fn final_since(&self, known: Position) -> Position {
        if self.holders.is_empty() { Position::new(self.committed.unsigned_abs()) } else { known }
    }

    /// Whether all its holders have ended by the time of a later one.
    fn has_ended(&self, later: &Self) -> bool {
        !later.prepared && !self.holders.iter().any(|holder| later.holders.contains(holder))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sighting(committed: i64, holders: &[&str]) -> Sighting {
        let prepared = holders.iter().any(|holder| holder.starts_with("-1/"));
        Sighting {
            committed,
            holders: holders.iter().map(ToString::to_string).collect(),
            prepared,
            beyond: None,
        }
    }

    #[test]
    fn without_writers_everything_committed_is_final() {
        assert_eq!(Sightings::default().take_in(sighting(7, &[])), 7);
    }

    #[test]
    fn the_horizon_moves_when_the_last_holder_has_ended() {
        let mut sightings = Sightings::default();
        assert_eq!(sightings.take_in(sighting(5, &["a", "b"])), 0);
        assert_eq!(sightings.take_in(sighting(6, &["b", "c"])), 0);
        assert_eq!(sightings.take_in(sighting(9, &["c", "d"])), 5);
        assert_eq!(sightings.take_in(sighting(9, &["d"])), 6);
        assert_eq!(sightings.take_in(sighting(9, &["e"])), 9);
        assert_eq!(sightings.take_in(sighting(4, &[])), 9, "it never moves back");
    }

    #[test]
    fn a_transaction_prepared_to_commit_has_not_ended_under_its_new_name() {
        let mut sightings = Sightings::default();
        assert_eq!(sightings.take_in(sighting(5, &["a"])), 0);
        assert_eq!(sightings.take_in(sighting(5, &["-1/731"])), 0);
        assert_eq!(sightings.take_in(sighting(5, &["b"])), 5);
    }
}
