//! The latest events of the log, in memory.

use std::collections::VecDeque;

use crate::{
    event::RecordedEvent,
    message::{Position, Version},
    store::PageEnd,
};

use super::super::wanted::Wanted;

/// How many events are kept at most, beside those of the last read.
const EVENTS: usize = 4_096;

/// How many bytes they take at most, about.
const BYTES: usize = 8 << 20;

/// The latest events.
///
/// Invariant: it holds every event of its kinds with `start < position <= end`, in order, and none besides; below
/// `end` nothing can appear in the log any more.
#[derive(Debug)]
pub(super) struct Window {
    start: Position,
    end: Position,
    events: VecDeque<RecordedEvent>,
    bytes: usize,
}

impl Window {
    /// A window with nothing in it yet, for what comes after `position`.
    pub(super) fn after(position: Position) -> Self {
        Self { start: position, end: position, events: VecDeque::new(), bytes: 0 }
    }

    pub(super) fn start(&self) -> Position {
        self.start
    }

    pub(super) fn end(&self) -> Position {
        self.end
    }

    /// What a read from the end has found, up to where the read has vouched that nothing is left. Older events make
    /// room; those of the read stay, for whoever asked for it.
    pub(super) fn extend(&mut self, found: Vec<RecordedEvent>, end: Position) {
        self.bytes += found.iter().map(RecordedEvent::size).sum::<usize>();
        let old = self.events.len();
        self.events.extend(found);
        self.end = end;
        for _ in 0..old {
            if self.events.len() <= EVENTS && self.bytes <= BYTES {
                break;
            }
            let Some(event) = self.events.pop_front() else { break };
            self.bytes -= event.size();
            self.start = event.position;
        }
    }

    /// As [`EventStore::read`](crate::store::EventStore::read) would have answered when the log ended here; `None` if
    /// `after` is not in the window.
    pub(super) fn page(
        &self,
        wanted: &Wanted,
        after: Position,
        limit: usize,
    ) -> Option<(Vec<RecordedEvent>, PageEnd)> {
        if after < self.start || after > self.end {
            return None;
        }
        let first = self.events.partition_point(|event| event.position <= after);
        let mut found = self.events.range(first..).filter(|event| wanted.includes(&event.envelope.name));
        let events: Vec<_> = found.by_ref().take(limit).cloned().collect();
        let complete = found.next().is_none();
        let last = events.last().map_or(after, |event| event.position);
        let position = if complete { self.end } else { last };
        let end = PageEnd { count: events.len(), position, version: Version::NONE, complete };
        Some((events, end))
    }
}

#[cfg(test)]
mod tests {
    use crate::{
        event::{Envelope, Payload},
        message::{EventId, Metadata, StreamId},
    };

    use super::*;

    fn event(position: u64, name: &str, bytes: usize) -> RecordedEvent {
        let envelope = Envelope {
            id: EventId::generate(),
            stream: StreamId::new("thing", "a"),
            version: Version::new(position),
            name: name.into(),
            schema_version: 1,
            metadata: Metadata::new(),
        };
        let payload = Payload::from_json(" ".repeat(bytes));
        RecordedEvent { position: Position::new(position), envelope, payload }
    }

    fn positions(window: &Window, wanted: &Wanted, after: u64, limit: usize) -> Option<(Vec<u64>, PageEnd)> {
        let (events, end) = window.page(wanted, Position::new(after), limit)?;
        Some((events.iter().map(|event| event.position.get()).collect(), end))
    }

    fn end(count: usize, position: u64, complete: bool) -> PageEnd {
        PageEnd { count, position: Position::new(position), version: Version::NONE, complete }
    }

    const ALL: &Wanted = &Wanted::ALL;

    #[test]
    fn a_page_ends_where_the_window_does_or_at_the_limit() {
        let mut window = Window::after(Position::new(10));
        window.extend(vec![event(12, "a", 1), event(15, "b", 1), event(16, "a", 1)], Position::new(20));
        assert_eq!(positions(&window, ALL, 10, 9), Some((vec![12, 15, 16], end(3, 20, true))));
        assert_eq!(positions(&window, ALL, 13, 1), Some((vec![15], end(1, 15, false))));
        assert_eq!(positions(&window, ALL, 20, 9), Some((vec![], end(0, 20, true))));
        let wanted = Wanted::named(["a"]);
        assert_eq!(positions(&window, &wanted, 10, 1), Some((vec![12], end(1, 12, false))));
        assert_eq!(positions(&window, &wanted, 12, 1), Some((vec![16], end(1, 20, true))));
    }

    #[test]
    fn who_is_before_the_window_or_beyond_it_is_not_served() {
        let mut window = Window::after(Position::new(10));
        window.extend(vec![], Position::new(20));
        assert_eq!(positions(&window, ALL, 9, 9), None);
        assert_eq!(positions(&window, ALL, 21, 9), None);
    }

    #[test]
    fn old_events_make_room_and_the_window_says_so() {
        let mut window = Window::after(Position::START);
        window.extend(vec![event(1, "a", 10), event(2, "a", BYTES)], Position::new(2));
        assert_eq!(positions(&window, ALL, 0, 9).map(|page| page.0), Some(vec![1, 2]), "of the last read");
        window.extend(vec![event(3, "a", 10)], Position::new(5));
        assert_eq!(window.start(), Position::new(2));
        assert_eq!(positions(&window, ALL, 1, 9), None);
        assert_eq!(positions(&window, ALL, 2, 9), Some((vec![3], end(1, 5, true))));
        let many = (6..).take(EVENTS).map(|position| event(position, "a", 1)).collect();
        window.extend(many, Position::new(5 + EVENTS as u64));
        assert_eq!((window.start(), window.events.len()), (Position::new(3), EVENTS));
        assert_eq!(window.bytes, window.events.iter().map(RecordedEvent::size).sum::<usize>());
    }
}
