//! Which processes there are.

use std::{marker::PhantomData, sync::Arc};

use jiff::Timestamp;

use crate::{
    aggregate::FromKey,
    message::{Position, Version},
    store::{ProcessCounts, ProcessQuery, ProcessRow, Store, StoreError},
};

use super::{
    super::ProcessManager,
    looking::{LookError, Processes},
};

/// How many a page has.
const PAGE: usize = 256;

/// One of the processes there are, with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessInSight<I> {
    /// Which one.
    pub id: I,
    /// The version of its last step in its stream.
    pub version: Version,
    /// Where its last step stands in the log.
    pub position: Position,
    /// When the next of its timers is due; `None` if none is pending.
    pub next_due: Option<Timestamp>,
}

/// The processes of a process manager, page by page, in the order of their ids' text forms.
///
/// Made by [`Processes::running`] and [`Processes::ended`].
#[must_use = "a page is read by asking for it"]
pub struct ProcessPages<P> {
    store: Arc<dyn Store>,
    query: ProcessQuery,
    process: PhantomData<fn() -> P>,
}

impl<P: ProcessManager> Processes<P> {
    /// Returns the processes that run, page by page: however many there are, no stream is read for it. A step shows a moment after it
    /// is stored, as soon as its trigger is done.
    ///
    /// ```no_run
    /// # use cqrs::{prelude::*, process::LookError};
    /// async fn overdue<P: ProcessManager>(app: &Application) -> Result<(), LookError> {
    ///     let counts = app.process::<P>().count().await?;
    ///     println!("{} run, {} have ended", counts.running, counts.ended);
    ///     let mut pages = app.process::<P>().running();
    ///     while let Some(page) = pages.next_page().await? {
    ///         for process in page.into_iter().filter(|process| process.next_due.is_none()) {
    ///             println!("{} waits for no timer", process.id);
    ///         }
    ///     }
    ///     Ok(())
    /// }
    /// # fn main() {}
    /// ```
    pub fn running(&self) -> ProcessPages<P> {
        self.pages(ProcessQuery::running(P::CATEGORY))
    }

    /// Returns the processes that have ended, page by page. An ended process stays known, for ever.
    pub fn ended(&self) -> ProcessPages<P> {
        self.pages(ProcessQuery::ended(P::CATEGORY))
    }

    /// Returns how many processes there are.
    pub async fn count(&self) -> Result<ProcessCounts, StoreError> {
        self.store.count_processes(P::CATEGORY).await
    }

    fn pages(&self, query: ProcessQuery) -> ProcessPages<P> {
        ProcessPages { store: Arc::clone(&self.store), query, process: PhantomData }
    }
}

impl<P: ProcessManager> ProcessPages<P> {
    /// Returns the next page; `None` after the last.
    pub async fn next_page(&mut self) -> Result<Option<Vec<ProcessInSight<P::Id>>>, LookError> {
        let rows = self.store.process_page(&self.query, PAGE).await?;
        let Some(last) = rows.last() else { return Ok(None) };
        self.query = self.query.clone().after(last);
        rows.into_iter().map(in_sight::<P>).collect::<Result<_, _>>().map(Some)
    }
}

fn in_sight<P: ProcessManager>(row: ProcessRow) -> Result<ProcessInSight<P::Id>, LookError> {
    let ProcessRow { process, version, position, next_due, .. } = row;
    let id = P::Id::from_key(process.key()).map_err(|reason| LookError::Id { process, reason })?;
    Ok(ProcessInSight { id, version, position, next_due })
}

impl<P: ProcessManager> std::fmt::Debug for ProcessPages<P> {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "ProcessPages({}, after {:?})", P::NAME, self.query.after)
    }
}
