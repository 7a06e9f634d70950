//! A command on its way through an aggregate, and what is asked of it in one line.

use std::time::Duration;

use crate::{
    aggregate::Aggregate,
    command::Existence,
    dispatch::{DispatchError, Receipt, cache::Permit, dispatcher::Core, prepared::Prepared},
    message::{Metadata, StreamId, Version},
    repository::Loaded,
    store::{Appended, Expected},
};

/// One command on its way through one aggregate.
pub(super) struct Handling<'a, A: Aggregate> {
    pub(super) core: &'a Core,
    pub(super) prepared: &'a Prepared,
    pub(super) stream: &'a StreamId,
    /// That of the command itself.
    pub(super) metadata: &'a Metadata,
    pub(super) expected: Option<Expected>,
    pub(super) time_limit: Duration,
    /// `None` for a command sent from a handler to a busy aggregate: it goes without queue and cache.
    pub(super) permit: Option<Permit<A>>,
}

impl<A: Aggregate> Handling<'_, A> {
    /// Whether the handler may be asked at all.
    pub(super) fn admit<E>(&self, loaded: &Loaded<A>, existence: Existence) -> Result<(), DispatchError<E>> {
        if let Some(expected) = self.expected.filter(|expected| !expected.holds(loaded.version)) {
            let (stream, actual) = (self.stream.clone(), loaded.version);
            return Err(DispatchError::Conflict { stream, expected, actual, attempts: 0, rejection: None });
        }
        let exists = loaded.version != Version::NONE;
        match existence {
            _ if loaded.has_ended() => Err(DispatchError::Ended(self.stream.clone())),
            Existence::Absent if exists => Err(DispatchError::AlreadyExists(self.stream.clone())),
            Existence::Existing if !exists => Err(DispatchError::NotFound(self.stream.clone().into())),
            _ => Ok(()),
        }
    }

    pub(super) async fn is_at<E>(&self, version: Version) -> Result<bool, DispatchError<E>> {
        let actual = self.core.store.version(self.stream).await.map_err(DispatchError::Store)?;
        Ok(actual == version)
    }

    /// The state in the cache, if it is there.
    pub(super) fn cached(&mut self) -> Option<Loaded<A>> {
        self.permit.as_mut()?.take()
    }

    pub(super) fn keep(&self, loaded: Loaded<A>) {
        if let Some(permit) = &self.permit {
            permit.keep(loaded);
        }
    }

    pub(super) fn nothing(&self) -> Receipt {
        let appended = Appended { streams: Vec::new() };
        Receipt { command_id: self.prepared.claim.id, appended, repeated: false }
    }
}
