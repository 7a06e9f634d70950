//! Reading a page of events.
//!
//! The server picks messages by stream or category; every other condition is checked here, event by event, while a
//! bounded number of messages is held.

use std::ops::ControlFlow;

use crate::{
    event::StoredEvent,
    message::{Position, Version},
    store::{EventQuery, PageEnd, StoreError, Visit},
};

use super::{
    cursor::Delivered,
    marks::Mark,
    record::{Record, Tags},
    sequence,
};

/// A page in the making.
pub(super) struct Page<'q> {
    query: &'q EventQuery,
    limit: usize,
    visit: Visit,
    end: PageEnd,
    /// The position of the last event that was looked at, wanted or not.
    reached: Position,
    /// Where the stream ended with the last message that was shown to its end.
    mark: Mark,
}

/// Whether a page goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Progress {
    /// The message was dealt with.
    Next,
    /// The page is full, or its visitor has seen enough; events of the message may be left.
    Full,
    /// What follows is beyond the query.
    Beyond,
}

impl<'q> Page<'q> {
    pub(super) fn new(query: &'q EventQuery, limit: usize, visit: Visit) -> Self {
        let end = PageEnd { count: 0, position: query.after, version: query.after_version, complete: false };
        Self { query, limit, visit, end, reached: query.after, mark: Mark::default() }
    }

    /// Whether it can have no event at all.
    pub(super) fn is_vain(&self) -> bool {
        let query = self.query;
        let other_category = query.stream.as_ref().zip(query.category.as_ref());
        query.up_to.is_some_and(|up_to| up_to <= query.after)
            || query.up_to_version.is_some_and(|up_to| up_to <= query.after_version)
            || query.names.as_ref().is_some_and(Vec::is_empty)
            || other_category.is_some_and(|(stream, category)| stream.category() != category)
    }

    /// How many messages it may still need.
    pub(super) fn wanted(&self) -> usize {
        self.limit - self.end.count
    }

    pub(super) fn is_full(&self) -> bool {
        self.end.count >= self.limit
    }

    pub(super) fn reached(&self) -> Position {
        self.reached
    }

    pub(super) fn query(&self) -> &'q EventQuery {
        self.query
    }

    /// Where the stream ends, as far as this page has read it.
    pub(super) fn mark(&self) -> Mark {
        self.mark
    }

    /// Shows the events of a message.
    pub(super) fn show(&mut self, delivered: &Delivered) -> Result<Progress, StoreError> {
        let message = &delivered.message;
        let (headers, payload) = (message.headers.as_ref(), &message.payload);
        let record = Record::read(delivered.sequence, &message.subject, headers, payload)?;
        self.check_order(delivered, &record)?;
        let wanted = self.wants(&record)?;
        for (event, tags) in record.events() {
            if event.position <= self.query.after || event.version <= self.after_version() {
                continue;
            }
            if self.is_beyond(&event) {
                return Ok(Progress::Beyond);
            }
            if self.is_full() {
                return Ok(Progress::Full);
            }
            if wanted && self.wants_event(&event, &tags) && self.visit(&event) == ControlFlow::Break(()) {
                return Ok(Progress::Full);
            }
            self.reached = event.position;
        }
        // A message without events stands where its last event would.
        self.reached = self.reached.max(sequence::position(delivered.sequence, 0));
        self.mark = Mark { version: record.last_version(), sequence: delivered.sequence };
        Ok(Progress::Next)
    }

    /// Refuses a message of a stream that does not follow the one before it.
    fn check_order(&self, delivered: &Delivered, record: &Record<'_>) -> Result<(), StoreError> {
        let query = self.query;
        let from_start = query.after == Position::START && query.after_version == Version::NONE;
        let known = self.mark.sequence > 0 || from_start;
        let (expected, found) = (self.mark.version.next(), record.first_version());
        if query.stream.is_none() || !known || found == expected {
            return Ok(());
        }
        let what = format!("its first version is {found}, and {expected} follows");
        Err(record.contradicts(&delivered.message.subject, &what))
    }

    fn visit(&mut self, event: &StoredEvent<'_>) -> ControlFlow<()> {
        self.end.count += 1;
        (self.end.position, self.end.version) = (event.position, event.version);
        (self.visit)(event)
    }

    /// Whether the message may hold wanted events.
    fn wants(&self, record: &Record<'_>) -> Result<bool, StoreError> {
        let query = self.query;
        Ok(query.stream.as_ref().is_none_or(|stream| record.is_of(stream))
            && query.category.as_ref().is_none_or(|category| category == record.category())
            && record.metadata_matches(query)?)
    }

    fn wants_event(&self, event: &StoredEvent<'_>, tags: &Tags<'_>) -> bool {
        let query = self.query;
        query.names.as_ref().is_none_or(|names| names.iter().any(|name| name == event.name))
            && query.tag.as_ref().is_none_or(|tag| tags.contain(tag))
    }

    fn is_beyond(&self, event: &StoredEvent<'_>) -> bool {
        self.query.up_to.is_some_and(|up_to| event.position > up_to)
            || self.query.up_to_version.is_some_and(|up_to| event.version > up_to)
    }

    fn after_version(&self) -> Version {
        if self.query.stream.is_some() { self.query.after_version } else { Version::NONE }
    }

    /// The end of a page that more may follow.
    pub(super) fn full(self) -> PageEnd {
        self.end
    }

    /// The end of the last page: nothing up to `head` is left.
    pub(super) fn complete(self, head: Position) -> PageEnd {
        let reached = self.query.up_to.map_or(head, |up_to| up_to.min(head));
        PageEnd { position: self.end.position.max(reached), complete: true, ..self.end }
    }
}
