//! The last step of a process: where it stands.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

use crate::{
    event::RecordedEvent,
    message::{StreamId, Version},
    store::{EventQuery, EventStore, StoreError, read_page},
};

use super::super::{Step, names};

/// So many processes are remembered; one more, and all of them are forgotten.
const MOST: usize = 4_096;

/// So many events at the end of a stream are looked through first for a step; timers and refusals stand between.
const FIRST_LOOK: u64 = 8;

/// So many events at most, where it is known where the end is.
const NEAR: usize = 16;

/// The events that say where a process stands.
const STANDS: [&str; 2] = [names::STEP, names::ENDED];

/// Where a process stood when its stream was at a version.
#[derive(Clone, Debug)]
pub(crate) struct Last {
    pub(crate) version: Version,
    /// Its last step up to there, if it had made any; or what stands for one, if an operator has ended it.
    pub(crate) step: Option<Arc<Step>>,
}

/// What is remembered of processes, so that it need not be read for each step.
#[derive(Debug, Default)]
pub(super) struct Known(Mutex<HashMap<StreamId, Last>>);

impl Known {
    /// Where a process stands, at this version of its stream or a later one.
    pub(super) async fn last(
        &self,
        store: &(impl EventStore + ?Sized),
        process: &StreamId,
        at_least: Version,
    ) -> Result<Last, StoreError> {
        let known = self.with(|known| known.get(process).cloned());
        if let Some(last) = known.filter(|last| last.version >= at_least) {
            return Ok(last);
        }
        let last = match last_step_near(store, process, at_least).await? {
            Some(last) => last,
            None => last_step(store, process).await?,
        };
        // That it has not started is not remembered: another owner of the lease may start it, and what comes for it then would be
        // ignored, without an append that could fail.
        if last.step.is_some() {
            self.keep(process, last.clone());
        }
        Ok(last)
    }

    pub(super) fn keep(&self, process: &StreamId, last: Last) {
        self.with(|known| {
            if known.len() >= MOST && !known.contains_key(process) {
                known.clear();
            }
            known.insert(process.clone(), last);
        });
    }

    /// Forgets everybody: others may have worked on them since.
    pub(super) fn forget_all(&self) {
        self.with(HashMap::clear);
    }

    pub(super) fn forget(&self, process: &StreamId) {
        self.with(|known| known.remove(process));
    }

    fn with<T>(&self, work: impl FnOnce(&mut HashMap<StreamId, Last>) -> T) -> T {
        work(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Where a process stands whose stream is known to have come to a version, if a step is near: in one look, which shows the end of the
/// stream, too. That is so for every process that a timer wakes.
async fn last_step_near(
    store: &(impl EventStore + ?Sized),
    process: &StreamId,
    at_least: Version,
) -> Result<Option<Last>, StoreError> {
    if at_least == Version::NONE {
        return Ok(None);
    }
    let begin = Version::new(at_least.get().saturating_sub(FIRST_LOOK));
    let query = EventQuery::stream(process.clone()).after_version(begin);
    // What cannot be read there is passed by in the search, which asks for steps only.
    let Ok((events, end)) = read_page(store, &query, NEAR).await else { return Ok(None) };
    let stands = |event: &&RecordedEvent| STANDS.iter().any(|name| event.envelope.name == *name);
    let Some(step) = events.iter().rfind(stands).filter(|_| end.complete) else { return Ok(None) };
    Ok(Some(Last { version: end.version, step: Some(Arc::new(Step::read(step)?)) }))
}

/// Where a process stands, read from the end of its stream.
pub(crate) async fn last_step(
    store: &(impl EventStore + ?Sized),
    process: &StreamId,
) -> Result<Last, StoreError> {
    let version = store.version(process).await?;
    let (mut end, mut width) = (version.get(), FIRST_LOOK);
    while end > 0 {
        let begin = end.saturating_sub(width);
        let query = EventQuery::stream(process.clone())
            .after_version(Version::new(begin))
            .up_to_version(Version::new(end))
            .names(STANDS);
        let (events, _) = read_page(store, &query, usize::try_from(width).unwrap_or(usize::MAX)).await?;
        if let Some(event) = events.last() {
            return Ok(Last { version, step: Some(Arc::new(Step::read(event)?)) });
        }
        (end, width) = (begin, width.saturating_mul(4));
    }
    Ok(Last { version, step: None })
}
