//! Group commit: the appends that wait share a transaction, and each has its own outcome.

use std::time::Duration;

use crate::{
    message::Position,
    store::{Appended, StoreError},
};

use super::{
    super::{
        append::{self, Broken},
        connections::Connection,
    },
    Commits, Member,
};

type Outcome = Result<Appended, StoreError>;

/// A group that was written as far as it could be. Members that were blocked have no outcome yet.
#[expect(clippy::vec_box, reason = "members come boxed out of the channel")]
pub(super) struct Finished {
    pub(super) members: Vec<Box<Member>>,
    /// Whether it was one that ran without company because something blocks it.
    pub(super) alone: bool,
    pub(super) connection: Connection,
}

/// Writes the members, in one transaction if possible, and answers them.
///
/// Invariant: a member is answered, and readers are woken, only after the transaction that decided its outcome has
/// ended; so nobody ever acts on something that is rolled back later.
#[expect(clippy::vec_box, reason = "members come boxed out of the channel")]
pub(super) async fn commit(
    mut connection: Connection,
    mut members: Vec<Box<Member>>,
    busy_timeout: Duration,
    commits: Commits,
) -> Finished {
    let alone = members.first().is_some_and(|first| first.alone);
    let outcomes = match attempt(&mut connection, &members).await {
        Err(Broken::Undone(_)) if members.len() > 1 => singly(&mut connection, &members).await,
        outcomes => spread(outcomes, members.len()),
    };
    // One that wrote no events wakes up nobody.
    let last = outcomes.iter().flatten().map(Appended::last_position).max();
    if let Some(last) = last.filter(|last| *last > Position::START) {
        commits.announce(last);
    }
    for (member, outcome) in members.iter_mut().zip(outcomes) {
        answer(member, outcome, busy_timeout);
    }
    Finished { members, alone, connection }
}

async fn attempt(connection: &mut Connection, members: &[Box<Member>]) -> Result<Vec<Outcome>, Broken> {
    let group: Vec<_> = members.iter().map(|member| &member.append).collect();
    append::call(connection, &group).await
}

/// After the server has undone a group: who is to blame fails alone, and the others are judged by their own
/// expectations again.
async fn singly(connection: &mut Connection, members: &[Box<Member>]) -> Vec<Outcome> {
    let mut outcomes = Vec::with_capacity(members.len());
    for member in members {
        outcomes.extend(spread(attempt(connection, std::slice::from_ref(member)).await, 1));
    }
    outcomes
}

fn spread(outcomes: Result<Vec<Outcome>, Broken>, members: usize) -> Vec<Outcome> {
    match outcomes {
        Ok(outcomes) => outcomes,
        Err(Broken::Undone(error) | Broken::All(error)) => vec![Err(error); members],
    }
}

/// Answers a member, unless it was blocked by a lock and has time left.
fn answer(member: &mut Member, outcome: Outcome, busy_timeout: Duration) {
    let waited = member.since.elapsed();
    let outcome = match outcome {
        Err(StoreError::Busy { .. }) if waited < busy_timeout => {
            member.alone = true;
            return;
        }
        Err(StoreError::Busy { .. }) => Err(StoreError::Busy { waited, limit: busy_timeout }),
        outcome => outcome,
    };
    if let Some(answer) = member.answer.take() {
        // An error here is a caller that no longer waits; the write stands.
        let _ = answer.send(outcome);
    }
}
