//! The streams that wait behind letters, and what is to be written of the letters.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use jiff::Timestamp;

use crate::{
    message::{Position, StreamId},
    store::{DeadLetter, DeadLetterKey, DeadLetterState, LetterChange},
};

use super::{
    held::{Held, Phase},
    stream::{Item, Place},
};

#[derive(Debug)]
pub(super) struct Letters {
    handler: &'static str,
    held: HashMap<StreamId, Held>,
    /// When which event is to be called again.
    due: BTreeSet<(Timestamp, StreamId)>,
    /// Whose letter's event, or the next behind it, can be called.
    callable: BTreeSet<StreamId>,
    /// Behind whose letter is to be read.
    unread: BTreeSet<StreamId>,
    /// How many events are called again, their time having come.
    retried: usize,
    /// Behind how many letters something was read, or is being read.
    resuming: usize,
    /// Streams that are free again, and whose letter goes once the checkpoint has passed what was done behind it.
    closing: HashMap<StreamId, Closing>,
    changed: BTreeMap<(StreamId, Position), LetterChange>,
}

#[derive(Debug)]
struct Closing {
    stored: Position,
    done: Position,
}

/// What is to be called for a stream.
#[derive(Debug)]
pub(super) enum Target {
    /// What was read.
    Item(Box<Item>),
    /// The event of its letter, which is to be read again.
    Letter(Position),
}

impl Letters {
    pub(super) fn new(handler: &'static str) -> Self {
        Self {
            handler,
            held: HashMap::new(),
            due: BTreeSet::new(),
            callable: BTreeSet::new(),
            unread: BTreeSet::new(),
            retried: 0,
            resuming: 0,
            closing: HashMap::new(),
            changed: BTreeMap::new(),
        }
    }

    pub(super) fn holds(&self, stream: &StreamId) -> bool {
        self.held.contains_key(stream)
    }

    /// Whether an event is done, or waits, since there is a letter of its stream. Everything before that is done: also where the
    /// log was not yet read so far, which it was before a crash.
    pub(super) fn settles(&self, stream: &StreamId, position: Position) -> bool {
        let is_done = |closing: &Closing| position <= closing.done;
        self.holds(stream) || self.closing.get(stream).is_some_and(is_done)
    }

    /// How many events wait for a retry, or are called again.
    pub(super) fn waiting(&self) -> usize {
        self.due.len() + self.retried
    }

    /// When the next event is to be called again.
    pub(super) fn next_due(&self, may_call: impl Fn(&StreamId) -> bool) -> Option<Timestamp> {
        self.due.iter().find(|(_, stream)| may_call(stream)).map(|(time, _)| *time)
    }

    /// A letter as the store has it. The first of a stream is the one that holds it.
    pub(super) fn load(&mut self, letter: &DeadLetter) {
        let stream = &letter.key.stream;
        if let Some(held) = self.held.get_mut(stream) {
            return held.queue(letter.key.position);
        }
        self.held.insert(stream.clone(), Held::stored(letter));
        self.index(stream);
    }

    /// Somebody asked for a letter's event to be called, or skipped it.
    pub(super) fn asked(&mut self, letter: &DeadLetter) {
        let stream = &letter.key.stream;
        let Some(held) = self.held.get(stream) else { return };
        match (letter.state, &held.phase) {
            (DeadLetterState::Retrying | DeadLetterState::Resuming, Phase::Dead | Phase::Waiting(_))
            | (DeadLetterState::Resuming, Phase::Asked) => {}
            _ => return,
        }
        self.change(stream, |held| held.asked(letter));
    }

    /// An event has failed: its stream is held from now on.
    pub(super) fn hold(&mut self, stream: &StreamId, place: Place, now: Timestamp) {
        let stored = self.closing.remove(stream).map(|closing| closing.stored);
        self.held.insert(stream.clone(), Held::new(place, now, stored));
    }

    /// What is to become of an event that has failed.
    pub(super) fn failed(&mut self, stream: &StreamId, attempts: u32, next: Phase, error: String) {
        self.change(stream, |held| {
            held.attempts = attempts;
            held.phase = next;
        });
        self.write(stream, error);
    }

    /// How often the event of a stream's letter was called, and whether somebody asked for the present call.
    pub(super) fn calling(&self, stream: &StreamId) -> (u32, bool) {
        let held = self.held.get(stream);
        let asked = held.is_some_and(|held| matches!(held.phase, Phase::Calling { asked: true }));
        (held.map_or(0, |held| held.attempts), asked)
    }

    /// The call for a held stream is over, and what was called is done.
    pub(super) fn done(&mut self, stream: &StreamId) {
        self.change(stream, Held::done);
        self.write(stream, String::new());
    }

    /// The call for a held stream is over, and what was called is not done: the application ends.
    pub(super) fn interrupted(&mut self, stream: &StreamId) {
        self.change(stream, |held| {
            if let Phase::Calling { .. } = held.phase {
                held.phase = Phase::Asked;
            }
        });
    }

    /// The call for what waits behind a letter is over, and has failed: it is the letter's event from now on.
    pub(super) fn moves_to_failed(&mut self, stream: &StreamId) {
        self.change(stream, |held| {
            if let Phase::Resuming(resuming) = &mut held.phase
                && let Some(place) = resuming.queue.ended()
            {
                (held.place, held.attempts, held.phase) = (place, 0, Phase::Dead);
            }
        });
    }

    /// Whether the present call for a held stream is one of what waits behind its letter.
    pub(super) fn is_resuming(&self, stream: &StreamId) -> bool {
        self.held.get(stream).is_some_and(|held| matches!(held.phase, Phase::Resuming(_)))
    }

    /// What is to be called now.
    pub(super) fn take_call(
        &mut self,
        now: Timestamp,
        may_call: impl Fn(&StreamId) -> bool,
    ) -> Option<(StreamId, Target)> {
        let callable = self.callable.iter().find(|stream| may_call(stream));
        let due = self.due.iter().take_while(|(time, _)| *time <= now).map(|(_, stream)| stream);
        let stream = callable.or_else(|| due.into_iter().find(|stream| may_call(stream)))?.clone();
        let mut target = None;
        self.change(&stream, |held| target = held.call());
        target.map(|target| (stream, target))
    }

    /// Behind whose letter is to be read, and from where on: of so many streams at a time.
    pub(super) fn take_read(&mut self, at_a_time: usize) -> Option<(StreamId, Position)> {
        if self.resuming >= at_a_time {
            return None;
        }
        let stream = self.unread.first()?.clone();
        let mut after = None;
        self.change(&stream, |held| {
            if let Phase::Resuming(resuming) = &mut held.phase {
                resuming.reading = true;
                after = Some(resuming.read);
            }
        });
        after.map(|after| (stream, after))
    }

    /// What was read behind a letter, up to a position; it is all there is if the log was read no further.
    pub(super) fn read_behind(&mut self, stream: &StreamId, items: Vec<Item>, read: Position, is_all: bool) {
        let mut is_free = false;
        self.change(stream, |held| {
            let skipped: Vec<_> = items.iter().map(|item| held.was_skipped(item.place().position)).collect();
            if let Phase::Resuming(resuming) = &mut held.phase {
                // After a crash a letter may be of an event that the log was not read up to again.
                (resuming.reading, resuming.read) = (false, resuming.read.max(read));
                let items = items.into_iter().zip(skipped).filter(|(_, skipped)| !skipped);
                items.for_each(|(item, _)| resuming.queue.push(item));
                is_free = is_all && resuming.queue.is_empty();
            }
        });
        if is_free {
            self.free(stream);
        }
    }

    fn free(&mut self, stream: &StreamId) {
        self.unindex(stream);
        let Some(held) = self.held.remove(stream) else { return };
        if let Some(stored) = held.stored {
            self.closing.insert(stream.clone(), Closing { stored, done: held.place.position });
        }
    }

    /// What is to be written, if the checkpoint moves to there.
    pub(super) fn take_changes(&mut self, checkpoint: Position) -> Vec<LetterChange> {
        let (handler, changed) = (self.handler, &mut self.changed);
        self.closing.retain(|stream, closing| {
            let stays = closing.done > checkpoint;
            if !stays {
                let key = key(handler, stream, closing.stored);
                changed.insert((stream.clone(), closing.stored), LetterChange::Remove(key));
            }
            stays
        });
        std::mem::take(&mut self.changed).into_values().collect()
    }

    /// Whether there is something to be written.
    pub(super) fn has_changed(&self) -> bool {
        !self.changed.is_empty()
    }

    /// Whether there are letters that go once the checkpoint has moved.
    pub(super) fn is_closing(&self) -> bool {
        !self.closing.is_empty()
    }

    fn write(&mut self, stream: &StreamId, error: String) {
        let Some(held) = self.held.get_mut(stream) else { return };
        let letter = held.letter(self.handler, stream, error);
        let position = letter.key.position;
        let gone = held.stored.replace(position).filter(|stored| *stored != position);
        for gone in held.take_queued().into_iter().chain(gone) {
            let removed = LetterChange::Remove(key(self.handler, stream, gone));
            self.changed.insert((stream.clone(), gone), removed);
        }
        self.changed.insert((stream.clone(), position), LetterChange::Keep(letter));
    }

    fn change(&mut self, stream: &StreamId, change: impl FnOnce(&mut Held)) {
        self.unindex(stream);
        if let Some(held) = self.held.get_mut(stream) {
            change(held);
        }
        self.index(stream);
    }

    fn index(&mut self, stream: &StreamId) {
        let Some(held) = self.held.get(stream) else { return };
        self.resuming += usize::from(held.is_under_way());
        self.retried += usize::from(held.is_retried());
        if let Phase::Waiting(time) = held.phase {
            self.due.insert((time, stream.clone()));
        } else if held.is_callable() {
            self.callable.insert(stream.clone());
        } else if held.is_unread() {
            self.unread.insert(stream.clone());
        }
    }

    fn unindex(&mut self, stream: &StreamId) {
        let Some(held) = self.held.get(stream) else { return };
        self.resuming -= usize::from(held.is_under_way());
        self.retried -= usize::from(held.is_retried());
        if let Phase::Waiting(time) = held.phase {
            self.due.remove(&(time, stream.clone()));
        }
        self.callable.remove(stream);
        self.unread.remove(stream);
    }
}

fn key(handler: &str, stream: &StreamId, position: Position) -> DeadLetterKey {
    DeadLetterKey { handler: handler.to_owned(), stream: stream.clone(), position }
}
