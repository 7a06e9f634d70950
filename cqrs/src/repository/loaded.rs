//! A state and the version it stands at.

use crate::{
    handler::{Fold, Lifecycle},
    message::Version,
};

/// The state of an aggregate as of a version.
#[derive(Debug)]
pub(crate) struct Loaded<A> {
    pub(crate) state: Lifecycle<A>,
    /// The last event that is in the state.
    pub(crate) version: Version,
    /// The version of the latest snapshot known, [`Version::NONE`] if there is none.
    pub(crate) snapshot: Version,
    /// How many events were folded to get here since the state was loaded.
    pub(crate) folded: u64,
}

impl<A: Fold> Loaded<A> {
    pub(crate) fn initial() -> Self {
        Self { state: A::initial(), version: Version::NONE, snapshot: Version::NONE, folded: 0 }
    }

    /// The state, if the aggregate exists: it has events, and none of them ended it.
    pub(crate) fn existing(&self) -> Option<&A> {
        if self.version == Version::NONE { None } else { self.state.live() }
    }

    pub(crate) fn has_ended(&self) -> bool {
        matches!(self.state, Lifecycle::Ended)
    }
}
