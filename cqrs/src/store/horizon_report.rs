//! How far the log may be read, and who holds readers up.

use std::time::Duration;

use serde::{Serialize, Serializer};

use crate::message::Position;

/// How far the log may be read at present.
///
/// Where positions are given out before the events are committed, readers stop before whatever is still on its way: at
/// the horizon. A transaction that does not end holds them up, and is a [`Blocker`].
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct HorizonReport {
    /// The last event that readers see.
    pub head: Position,
    /// The last position given out. Beyond `head` lies what is on its way, or was given up.
    pub drawn: Position,
    /// Transactions that have held readers up for longer than was asked for, the oldest first.
    pub blockers: Vec<Blocker>,
}

/// A transaction that holds readers up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Blocker {
    /// The process of the server that runs it; `None` for a transaction prepared for a two-phase commit, which no process
    /// runs. `SELECT pg_terminate_backend(pid)` ends it.
    pub pid: Option<i32>,
    /// The name of a prepared transaction. `ROLLBACK PREPARED 'name'` ends it.
    pub prepared: Option<String>,
    /// How long ago the transaction began; `None` where it is hidden.
    #[serde(rename = "age_seconds", serialize_with = "seconds")]
    pub age: Option<Duration>,
    /// What its session is doing: `active`, `idle in transaction`, and so on.
    pub state: Option<String>,
    /// The statement it runs, or the last it ran.
    pub query: Option<String>,
    /// Its user.
    pub user: Option<String>,
    /// What its program calls itself.
    pub application: Option<String>,
    /// The address of its client.
    pub client: Option<String>,
    /// The processes it waits for itself.
    pub waits_for: Vec<i32>,
    /// Whether the server hides age, state and query, because the session is another user's. Members of the role
    /// `pg_read_all_stats` see them.
    pub hidden: bool,
}

impl std::fmt::Display for Blocker {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match (self.pid, &self.prepared) {
            (Some(pid), _) => write!(formatter, "process {pid}")?,
            (None, Some(name)) => write!(formatter, "prepared transaction `{name}`")?,
            (None, None) => formatter.write_str("a transaction that has ended since")?,
        }
        if let Some(age) = self.age {
            write!(formatter, ", for {:.1} s", age.as_secs_f64())?;
        }
        if let Some(state) = &self.state {
            write!(formatter, ", {state}")?;
        }
        match &self.query {
            Some(query) => write!(formatter, ": {query}"),
            None if self.hidden => formatter.write_str(" (the rest needs the role pg_read_all_stats)"),
            None => Ok(()),
        }
    }
}

/// Who holds readers up, in a line.
pub(crate) fn listed(blockers: &[Blocker]) -> String {
    match blockers {
        [] => "a transaction that has ended since".into(),
        blockers => blockers.iter().map(Blocker::to_string).collect::<Vec<_>>().join("; "),
    }
}

#[expect(clippy::ref_option, reason = "that is how serde calls it")]
fn seconds<S: Serializer>(age: &Option<Duration>, serializer: S) -> Result<S::Ok, S::Error> {
    age.map(|age| age.as_secs_f64()).serialize(serializer)
}
