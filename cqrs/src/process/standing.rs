//! Where a process stands: what its last step left.

use crate::message::StreamId;

use super::{PendingTimer, ProcessManager, Step, StepError};

/// Where a process stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing<P> {
    /// It has not started.
    Absent,
    /// It runs.
    Live {
        /// Its state.
        state: P,
        /// The timers that are to come.
        pending: Vec<PendingTimer>,
    },
    /// It has ended, for good.
    Ended,
}

impl<P: ProcessManager> Standing<P> {
    /// Returns where a process stands after its last step; `None` if it has none.
    ///
    /// A state of an older version is read as today's: that it may be is the meaning of the same type. One of a newer version is
    /// not touched.
    pub fn after(process: &StreamId, last: Option<&Step>) -> Result<Self, StepError> {
        let Some(step) = last else { return Ok(Self::Absent) };
        let Some(state) = step.state.as_ref().filter(|_| !step.ended) else { return Ok(Self::Ended) };
        let (stored, known) = (step.state_version, P::VERSION);
        if stored > known {
            return Err(StepError::StateNewer { process: process.clone(), stored, known });
        }
        let state = P::CODEC
            .decode(state.as_json())
            .map_err(|reason| StepError::StateUnreadable { process: process.clone(), reason })?;
        Ok(Self::Live { state, pending: step.pending.clone() })
    }
}

impl<P> Standing<P> {
    /// Returns the state, if the process runs.
    pub fn state(&self) -> Option<&P> {
        match self {
            Self::Live { state, .. } => Some(state),
            Self::Absent | Self::Ended => None,
        }
    }

    /// Returns the timers that are to come.
    pub fn pending(&self) -> &[PendingTimer] {
        match self {
            Self::Live { pending, .. } => pending,
            Self::Absent | Self::Ended => &[],
        }
    }
}
