//! What is to be done next, and what becomes of what was done. It does nothing itself: no clock, no store, no call.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::Timestamp;

use crate::{
    clock,
    message::{Position, StreamId},
    store::{DeadLetter, LetterChange},
};

use super::{
    held::Phase,
    letters::{Letters, Target},
    outage::Outage,
    settings::Settings,
    stream::{Item, Queue},
    window::Window,
};

/// So many calls that were given up may still run; until one of them ends no other begins.
const MOST_GIVEN_UP: usize = 16;

#[derive(Debug)]
pub(super) struct Desk {
    settings: Settings,
    window: Window,
    /// The events of streams that no letter holds.
    queues: HashMap<StreamId, Queue>,
    /// Which streams may be called, by the position of their first event.
    ready: BTreeMap<Position, StreamId>,
    letters: Letters,
    outage: Outage,
    calling: usize,
    /// Streams for which a call runs that was given up.
    blocked: HashSet<StreamId>,
}

/// How a call ended.
#[derive(Debug)]
pub(super) enum Ended {
    Done,
    Failed {
        error: String,
        failure: Failure,
    },
    /// The application ends, and that may be the cause: it is called after the next start.
    Interrupted,
}

/// What kind of failure it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It is tried again.
    Again,
    /// It is not tried again.
    ForGood,
    /// It is tried again, and this was no attempt.
    Away,
}

/// What is to be stored.
#[derive(Debug)]
pub(super) struct ToSettle {
    pub(super) checkpoint: Position,
    pub(super) done_above: Vec<Position>,
    pub(super) letters: Vec<LetterChange>,
}

impl Desk {
    pub(super) fn new(
        handler: &'static str,
        settings: Settings,
        checkpoint: Position,
        done_above: &[Position],
    ) -> Self {
        Self {
            settings,
            window: Window::new(checkpoint, done_above),
            queues: HashMap::new(),
            ready: BTreeMap::new(),
            letters: Letters::new(handler),
            outage: Outage::default(),
            calling: 0,
            blocked: HashSet::new(),
        }
    }

    /// A letter as the store has it at the beginning.
    pub(super) fn load(&mut self, letter: &DeadLetter) {
        self.letters.load(letter);
    }

    /// A letter for which somebody asked something.
    pub(super) fn asked(&mut self, letter: &DeadLetter) {
        self.letters.asked(letter);
    }

    /// Whether more of the log is to be read.
    pub(super) fn wants_more(&self) -> bool {
        self.window.pending() < self.settings.subscription.batch && !self.is_outage()
    }

    /// Up to here it was read.
    pub(super) fn read(&self) -> Position {
        self.window.read()
    }

    pub(super) fn checkpoint(&self) -> Position {
        self.window.checkpoint()
    }

    /// Takes what was read, up to a position.
    pub(super) fn take(&mut self, items: impl IntoIterator<Item = Item>, read: Position) {
        for item in items {
            let place = item.place();
            if self.letters.settles(&item.lane, place.position) || self.window.is_done(place.position) {
                continue;
            }
            self.window.begin(place.position);
            let stream = item.lane.clone();
            let queue = self.queues.entry(stream.clone()).or_default();
            queue.push(item);
            if queue.next() == Some(place) {
                self.ready.insert(place.position, stream);
            }
        }
        self.window.read_to(read);
    }

    /// Takes what was read behind a letter, up to a position.
    pub(super) fn take_behind(&mut self, stream: &StreamId, items: Vec<Item>, read: Position) {
        let is_new = |item: &Item| !self.window.is_done(item.place().position);
        let items = items.into_iter().filter(is_new).collect();
        self.letters.read_behind(stream, items, read, read >= self.window.read());
    }

    /// Behind whose letter is to be read, and from where on.
    pub(super) fn next_read(&mut self) -> Option<(StreamId, Position)> {
        self.letters.take_read(self.settings.concurrency)
    }

    /// The next call, if one may begin.
    pub(super) fn next_call(&mut self, now: Timestamp) -> Option<(StreamId, Target)> {
        let outage = self.is_outage();
        if !self.has_room() || outage && self.outage.next_probe() > Some(now) {
            return None;
        }
        let blocked = &self.blocked;
        let call = self.letters.take_call(now, |stream| !blocked.contains(stream));
        let call = call.or_else(|| if outage { None } else { self.next_of_queues() });
        self.calling += usize::from(call.is_some());
        call
    }

    fn is_outage(&self) -> bool {
        self.outage.is_on(self.letters.waiting())
    }

    /// Whether one call more may be under way.
    fn has_room(&self) -> bool {
        let most = if self.is_outage() { 1 } else { self.settings.concurrency };
        self.calling < most && self.blocked.len() < MOST_GIVEN_UP
    }

    fn next_of_queues(&mut self) -> Option<(StreamId, Target)> {
        let free = self.ready.iter().find(|(_, stream)| !self.blocked.contains(*stream));
        let position = free.map(|(position, _)| *position)?;
        if !self.window.has_room_for(position) {
            return None;
        }
        let stream = self.ready.remove(&position)?;
        let item = self.queues.get_mut(&stream)?.call()?;
        Some((stream, Target::Item(Box::new(item))))
    }

    /// When to look again, if nothing else happens before.
    pub(super) fn next_time(&self) -> Option<Timestamp> {
        if !self.has_room() {
            return None;
        }
        let due = self.letters.next_due(|stream| !self.blocked.contains(stream))?;
        let probe = self.outage.next_probe().filter(|_| self.is_outage());
        Some(probe.map_or(due, |probe| probe.max(due)))
    }

    /// What may be called right after another event, in its slot: the next of its stream, or of another.
    pub(super) fn next_in_slot(&mut self, stream: &StreamId) -> Option<(StreamId, Target)> {
        if self.is_outage() {
            return None;
        }
        let queue = self.queues.get_mut(stream).filter(|queue| queue.first().is_some());
        let Some(queue) = queue else { return self.next_of_queues() };
        let position = queue.first()?.position;
        if !self.window.has_room_for(position) {
            return None;
        }
        self.ready.remove(&position);
        Some((stream.clone(), Target::Item(Box::new(queue.call()?))))
    }

    /// What was to be called in the slot of others was not: those are called last to first.
    pub(super) fn uncalled(&mut self, stream: &StreamId, item: Item) {
        // It may have been left to a letter meanwhile.
        if let Some(queue) = self.queues.get_mut(stream) {
            queue.uncall(item);
            if let Some(next) = queue.next() {
                self.ready.insert(next.position, stream.clone());
            }
        }
    }

    /// All calls of a slot have ended.
    pub(super) fn slot_is_free(&mut self) {
        self.calling -= 1;
    }

    /// Whether a call is under way.
    pub(super) fn is_calling(&self) -> bool {
        self.calling > 0
    }

    /// A call for a stream has ended.
    pub(super) fn ended(&mut self, stream: &StreamId, ended: Ended, now: Timestamp) {
        match (ended, self.letters.holds(stream)) {
            (Ended::Done, held) => {
                self.outage.succeeded();
                if held { self.letters.done(stream) } else { self.done(stream) }
            }
            (Ended::Failed { error, failure }, held) => self.failed(stream, held, error, failure, now),
            (Ended::Interrupted, true) => self.letters.interrupted(stream),
            (Ended::Interrupted, false) => {}
        }
    }

    fn done(&mut self, stream: &StreamId) {
        let Some(queue) = self.queues.get_mut(stream) else { return };
        if let Some(place) = queue.ended() {
            self.window.done(place.position);
        }
        if let Some(next) = queue.next() {
            self.ready.insert(next.position, stream.clone());
        } else if queue.is_empty() {
            self.queues.remove(stream);
        }
    }

    fn failed(&mut self, stream: &StreamId, held: bool, error: String, failure: Failure, now: Timestamp) {
        let outage = !self.outage.failed(self.letters.waiting(), now, &self.settings);
        let counts = failure == Failure::ForGood || !outage && failure == Failure::Again;
        if !held {
            self.hold(stream, now);
        } else if self.letters.is_resuming(stream) {
            self.letters.moves_to_failed(stream);
        }
        let (attempts, asked) = self.letters.calling(stream);
        let attempts = if counts { attempts.saturating_add(1) } else { attempts };
        let again = match failure {
            Failure::Away => true,
            Failure::Again => !asked && attempts < self.settings.attempts,
            Failure::ForGood => false,
        };
        let later = || clock::later(now, self.settings.delay_after(attempts.max(1)));
        let next = if again { Phase::Waiting(later()) } else { Phase::Dead };
        self.letters.failed(stream, attempts, next, error);
    }

    /// The event that is called failed: its stream is held by a letter, which stands for all that waits behind it.
    fn hold(&mut self, stream: &StreamId, now: Timestamp) {
        let Some(mut queue) = self.queues.remove(stream) else { return };
        for place in queue.places() {
            self.window.left_to_a_letter(place.position);
        }
        if let Some(place) = queue.ended() {
            self.letters.hold(stream, place, now);
        }
    }

    /// A call that was given up still runs: its stream is not called meanwhile.
    pub(super) fn block(&mut self, stream: StreamId) {
        self.blocked.insert(stream);
    }

    /// A call that was given up has ended at last.
    pub(super) fn unblock(&mut self, stream: &StreamId) {
        self.blocked.remove(stream);
    }

    /// Whether letters are to be written.
    pub(super) fn has_letters(&self) -> bool {
        self.letters.has_changed()
    }

    /// Whether letters go once the checkpoint has moved.
    pub(super) fn is_closing(&self) -> bool {
        self.letters.is_closing()
    }

    /// What is to be stored now.
    pub(super) fn settle(&mut self) -> ToSettle {
        let checkpoint = self.window.checkpoint();
        let letters = self.letters.take_changes(checkpoint);
        ToSettle { checkpoint, done_above: self.window.done_above(), letters }
    }
}

#[cfg(test)]
#[path = "desk_tests.rs"]
mod tests;
