//! A page in the making, for stores that go through their events one by one.

use std::ops::ControlFlow;

use crate::{event::StoredEvent, message::Position};

use super::{EventQuery, PageEnd, Visit};

/// A page on its way to its visitor: it counts what is shown, and knows where it ends.
///
/// ```
/// use cqrs::store::{EventQuery, PageBuilder, PageEnd, Visit};
/// use cqrs::{Position, event::StoredEvent};
///
/// /// One page of a log, whose last event stands at `head`.
/// fn page(query: &EventQuery, limit: usize, visit: Visit, log: &[StoredEvent<'_>], head: Position) -> PageEnd {
///     let mut page = PageBuilder::new(query, limit, visit);
///     for event in log {
///         if page.show(event).is_break() {
///             return page.full();
///         }
///     }
///     page.complete(head)
/// }
/// ```
pub struct PageBuilder {
    limit: usize,
    up_to: Option<Position>,
    visit: Visit,
    end: PageEnd,
}

impl PageBuilder {
    /// Creates a page of a query, with nothing shown yet.
    pub fn new(query: &EventQuery, limit: usize, visit: Visit) -> Self {
        let end = PageEnd { count: 0, position: query.after, version: query.after_version, complete: false };
        Self { limit, up_to: query.up_to, visit, end }
    }

    /// Shows the next event that the query wants. It breaks off where the page ends: because it is full, in which case the
    /// event was not shown any more, or because the visitor has seen enough.
    pub fn show(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
        if self.end.count == self.limit {
            return ControlFlow::Break(());
        }
        self.end.count += 1;
        (self.end.position, self.end.version) = (event.position, event.version);
        (self.visit)(event)
    }

    /// Returns the end of a page that broke off: more may follow.
    pub fn full(self) -> PageEnd {
        self.end
    }

    /// Returns the end of a page that has shown everything up to `head`, the last position that readers saw before it began.
    pub fn complete(self, head: Position) -> PageEnd {
        let reached = self.up_to.map_or(head, |up_to| up_to.min(head));
        PageEnd { position: self.end.position.max(reached), complete: true, ..self.end }
    }
}

impl std::fmt::Debug for PageBuilder {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("PageBuilder").field("end", &self.end).finish_non_exhaustive()
    }
}
