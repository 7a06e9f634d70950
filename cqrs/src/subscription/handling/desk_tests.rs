//! The desk against a log, a store and crashes, all made up, and all of them at random.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use super::*;
use crate::{
    event::{Envelope, Payload, RecordedEvent},
    handler::EventHandlerSettings,
    message::{EventId, Metadata, Version},
    store::{DeadLetterState, ParkedStream},
    subscription::SubscriptionSettings,
};

const STREAMS: u64 = 5;
const HANDLER: &str = "mailer";

/// Numbers that look like chance, the same for the same seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % bound
    }

    fn one_in(&mut self, bound: u64) -> bool {
        self.below(bound) == 0
    }
}

/// What a store would have, and what happened.
struct World {
    chance: Chance,
    log: Vec<RecordedEvent>,
    checkpoint: Position,
    done_above: Vec<Position>,
    parked: BTreeMap<StreamId, ParkedStream>,
    now: Timestamp,
    desk: Desk,
    reading: Vec<(StreamId, Position, Position)>,
    calls: Vec<(StreamId, Position)>,
    /// Of each stream the events that were handled, in order, with those that somebody skipped.
    handled: BTreeMap<StreamId, Vec<Position>>,
    /// What may be handled again: it ended, or was under way, after the last settlement before a crash.
    may_repeat: std::collections::HashSet<Position>,
    unsettled: Vec<Position>,
    failing: u64,
}

fn stream(number: u64) -> StreamId {
    StreamId::new("thing", number.to_string())
}

fn event(position: u64, stream: StreamId) -> RecordedEvent {
    let envelope = Envelope {
        id: EventId::generate(),
        stream,
        version: Version::new(position),
        name: "thing-happened".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    RecordedEvent { position: Position::new(position), envelope, payload: Payload::from_json("{}") }
}

fn item(event: RecordedEvent) -> Item {
    Item { lane: event.envelope.stream.clone(), event: Ok(event) }
}

fn settings() -> Settings {
    let handler = EventHandlerSettings::new()
        .concurrency(3)
        .attempts(3)
        .delay(Duration::from_secs(1), Duration::from_secs(4));
    Settings::of(handler, SubscriptionSettings { batch: 7, ..SubscriptionSettings::default() })
}

impl World {
    fn new(seed: u64) -> Self {
        let desk = Desk::new(HANDLER, settings(), Position::START, &[]);
        Self {
            chance: Chance(seed * 2_654_435_761 + 1),
            log: Vec::new(),
            checkpoint: Position::START,
            done_above: Vec::new(),
            parked: BTreeMap::new(),
            now: Timestamp::UNIX_EPOCH,
            desk,
            reading: Vec::new(),
            calls: Vec::new(),
            handled: BTreeMap::new(),
            may_repeat: std::collections::HashSet::new(),
            unsettled: Vec::new(),
            failing: 3,
        }
    }

    fn step(&mut self) {
        match self.chance.below(12) {
            0 => {
                let (position, stream) = (self.log.len() as u64 + 1, stream(self.chance.below(STREAMS)));
                self.log.push(event(position, stream));
            }
            1 => self.read(),
            2 => self.begin_reading(),
            3 => self.finish_reading(),
            4..=6 => self.begin_call(),
            7 | 8 => self.end_call(),
            9 => self.settle(),
            10 => self.now += jiff::SignedDuration::from_secs(1),
            _ if self.chance.one_in(15) => self.crash(),
            _ => self.operate(),
        }
    }

    fn read(&mut self) {
        if self.desk.wants_more() {
            let after = self.desk.read();
            let page: Vec<_> =
                self.log.iter().filter(|event| event.position > after).take(4).cloned().collect();
            let read = page.last().map_or(after, |last| last.position);
            self.desk.take(page.into_iter().map(item), read);
        }
    }

    fn begin_reading(&mut self) {
        let up_to = self.desk.read();
        if let Some((stream, after)) = self.desk.next_read() {
            self.reading.push((stream, after, up_to));
        }
    }

    fn finish_reading(&mut self) {
        let Some((stream, after, up_to)) = self.reading.pop() else { return };
        let of_stream = |event: &&RecordedEvent| event.envelope.stream == stream;
        let between = |event: &&RecordedEvent| event.position > after && event.position <= up_to;
        let items: Vec<_> = self.log.iter().filter(of_stream).filter(between).take(2).cloned().collect();
        let read = if items.len() == 2 { items[1].position } else { up_to };
        self.desk.take_behind(&stream, items.into_iter().map(item).collect(), read);
    }

    fn begin_call(&mut self) {
        let Some((stream, target)) = self.desk.next_call(self.now) else { return };
        let position = match target {
            Target::Item(item) => item.place().position,
            Target::Letter(position) => position,
        };
        assert!(self.calls.iter().all(|(other, _)| *other != stream), "one call a stream at a time");
        assert!(self.calls.len() < 3, "no more calls than it may make");
        self.is_next(&stream, position);
        self.calls.push((stream, position));
        self.others_in_the_slot();
    }

    /// What is called right after another in its slot, or is not called after all.
    fn others_in_the_slot(&mut self) {
        let (stream, _) = self.calls[self.calls.len() - 1].clone();
        let (mut slot, most) = (Vec::new(), self.chance.below(4));
        while (slot.len() as u64) < most
            && let last = slot.last().map_or(&stream, |(last, _): &(StreamId, Item)| last).clone()
            && let Some((next, Target::Item(item))) = self.desk.next_in_slot(&last)
        {
            slot.push((next, *item));
        }
        if slot.is_empty() {
            return;
        }
        // The first call ends before the others begin.
        let (stream, position) = self.calls.pop().unwrap();
        let fails = self.failing > 0 && self.chance.one_in(self.failing);
        let failed = || Ended::Failed { error: "no".into(), failure: Failure::Again };
        if !fails {
            self.note(&stream, position);
        }
        self.desk.ended(&stream, if fails { failed() } else { Ended::Done }, self.now);
        let mut not_called = Vec::new();
        for (next, item) in slot {
            if fails && next == stream || self.chance.one_in(3) || !not_called.is_empty() {
                not_called.push((next, item));
                continue;
            }
            let position = item.place().position;
            self.is_next(&next, position);
            self.note(&next, position);
            self.desk.ended(&next, Ended::Done, self.now);
        }
        for (next, item) in not_called.into_iter().rev() {
            self.desk.uncalled(&next, item);
        }
        self.desk.slot_is_free();
    }

    /// Whether everything before an event in its stream is handled, and the event itself is not, unless a crash is to blame.
    fn is_next(&self, stream: &StreamId, position: Position) {
        let handled = self.handled.get(stream).map(Vec::as_slice).unwrap_or_default();
        let again = handled.contains(&position);
        assert!(!again || self.may_repeat.contains(&position), "{position} of {stream} is handled once more");
        let before = self.log.iter().filter(|event| event.envelope.stream == *stream);
        let before = before.map(|event| event.position).filter(|before| *before < position);
        for before in before {
            assert!(handled.contains(&before), "{position} of {stream} is called before {before}");
        }
    }

    fn end_call(&mut self) {
        if self.calls.is_empty() {
            return;
        }
        let index = self.chance.below(self.calls.len() as u64);
        let (stream, position) = self.calls.swap_remove(usize::try_from(index).unwrap());
        let ended = if self.failing > 0 && self.chance.one_in(self.failing) {
            let failure = match self.chance.below(5) {
                0 => Failure::ForGood,
                1 => Failure::Away,
                _ => Failure::Again,
            };
            Ended::Failed { error: "no".into(), failure }
        } else {
            self.note(&stream, position);
            Ended::Done
        };
        self.desk.ended(&stream, ended, self.now);
        self.desk.slot_is_free();
    }

    fn note(&mut self, stream: &StreamId, position: Position) {
        let handled = self.handled.entry(stream.clone()).or_default();
        if !handled.contains(&position) {
            handled.push(position);
        }
        self.unsettled.push(position);
    }

    fn settle(&mut self) {
        let ToSettle { checkpoint, done_above, letters } = self.desk.settle();
        assert!(done_above.len() <= super::super::window::MOST_DONE_ABOVE + 3);
        self.checkpoint = checkpoint.max(self.checkpoint);
        self.done_above = done_above;
        for change in &letters {
            let parked = self.parked.entry(change.key().stream.clone()).or_default();
            parked.change(change);
            assert!(parked.letters().len() <= 1, "a stream has one letter: {parked:?}");
        }
        self.unsettled.clear();
        self.nothing_is_passed_over();
    }

    /// Everything up to the checkpoint is handled, or stands behind a letter or in one.
    fn nothing_is_passed_over(&self) {
        for event in self.log.iter().filter(|event| event.position <= self.checkpoint) {
            let stream = &event.envelope.stream;
            let handled = self.handled.get(stream).is_some_and(|all| all.contains(&event.position));
            let letter = self.parked.get(stream).and_then(|parked| parked.letters().first());
            let held = letter.is_some_and(|letter| letter.key.position <= event.position);
            assert!(handled || held, "{} of {stream} is passed over", event.position);
        }
    }

    fn crash(&mut self) {
        self.may_repeat.extend(self.unsettled.drain(..));
        self.may_repeat.extend(self.calls.drain(..).map(|(_, position)| position));
        self.reading.clear();
        self.desk = Desk::new(HANDLER, settings(), self.checkpoint, &self.done_above);
        for letter in self.parked.values().flat_map(ParkedStream::letters) {
            self.desk.load(letter);
        }
    }

    /// Somebody retries or skips the letter of a stream, and the desk hears of it.
    fn operate(&mut self) {
        let stream = stream(self.chance.below(STREAMS));
        let retry = self.chance.one_in(2);
        let calling = self.calls.iter().any(|(other, _)| *other == stream);
        let Some(parked) = self.parked.get_mut(&stream) else { return };
        let Some(letter) = parked.letters().first().cloned() else { return };
        // Of what is called or done meanwhile nobody asks anything here: tests with real stores do.
        if calling || letter.state == DeadLetterState::Resuming || self.desk.has_letters() {
            return;
        }
        let position = letter.key.position;
        if retry {
            parked.retry(position)
        } else {
            parked.remove(position)
        };
        let letter = parked.letters()[0].clone();
        self.desk.asked(&letter);
        if !retry {
            self.note(&stream, position);
        }
    }

    /// Nothing fails any more, and somebody retries what is dead, until nothing is left to do.
    fn come_to_rest(&mut self) {
        self.failing = 0;
        while self.checkpoint.get() < self.log.len() as u64
            || !self.parked.values().all(ParkedStream::is_empty)
        {
            self.read();
            self.begin_reading();
            self.finish_reading();
            self.begin_call();
            self.end_call();
            self.settle();
            self.now += jiff::SignedDuration::from_secs(1);
            self.operate_on_the_dead();
        }
    }

    fn operate_on_the_dead(&mut self) {
        for parked in self.parked.values_mut() {
            let dead = parked.letters().first().filter(|letter| letter.state == DeadLetterState::Failed);
            if let Some(position) = dead.map(|letter| letter.key.position) {
                parked.retry(position);
                self.desk.asked(&parked.letters()[0]);
            }
        }
    }
}

#[test]
fn whatever_happens_each_stream_is_handled_in_order_and_nothing_is_lost() {
    for seed in 1..=500 {
        let mut world = World::new(seed);
        for _ in 0..1_000 {
            world.step();
        }
        world.come_to_rest();
        for event in &world.log {
            let handled = world.handled.get(&event.envelope.stream);
            assert!(
                handled.is_some_and(|all| all.contains(&event.position)),
                "seed {seed}: {} is not handled",
                event.position
            );
        }
        assert_eq!(world.checkpoint, Position::new(world.log.len() as u64), "seed {seed}");
        assert!(world.parked.values().all(ParkedStream::is_empty), "seed {seed}: {:?}", world.parked);
        assert_eq!(world.done_above, []);
    }
}

#[test]
fn an_outage_leaves_a_thousand_letters_and_counts_no_attempt() {
    let mut settings = settings();
    settings.subscription.batch = 100;
    let mut desk = Desk::new(HANDLER, settings, Position::START, &[]);
    let mut now = Timestamp::UNIX_EPOCH;
    let mut log = (1..=100_000_u64).map(|number| event(number, stream(number)));
    let mut calls = 0;
    let mut turn = |desk: &mut Desk, now, fails: bool| {
        while desk.wants_more() && desk.read() < Position::new(100_000) {
            let page: Vec<_> = log.by_ref().take(100).collect();
            let read = page.last().unwrap().position;
            desk.take(page.into_iter().map(item), read);
            while let Some((stream, _)) = desk.next_call(now) {
                calls += 1;
                let failed = Ended::Failed { error: "away".into(), failure: Failure::Again };
                desk.ended(&stream, if fails { failed } else { Ended::Done }, now);
                desk.slot_is_free();
            }
        }
        while let Some((stream, _)) = desk.next_call(now) {
            calls += 1;
            let failed = Ended::Failed { error: "away".into(), failure: Failure::Again };
            desk.ended(&stream, if fails { failed } else { Ended::Done }, now);
            desk.slot_is_free();
        }
        while let Some((stream, _)) = desk.next_read() {
            let read = desk.read();
            desk.take_behind(&stream, Vec::new(), read);
        }
        desk.settle();
        calls
    };
    // An hour of it.
    for _ in 0..3_600 {
        turn(&mut desk, now, true);
        now += jiff::SignedDuration::from_secs(1);
    }
    let during = turn(&mut desk, now, true);
    assert_eq!(desk.letters.waiting(), 1_000, "no more letters, and none of them dead");
    assert!(desk.read() < Position::new(1_300), "the log is the queue: {}", desk.read());
    assert!((1_100..3_000).contains(&during), "it only probes: {during} calls");
    let mut after = during;
    for _ in 0..30 {
        now += jiff::SignedDuration::from_secs(1);
        after = turn(&mut desk, now, false);
    }
    assert_eq!((desk.letters.waiting(), desk.read()), (0, Position::new(100_000)));
    assert_eq!(after - during, 100_000, "each is handled, and once");
}

#[test]
fn a_thousand_bad_addresses_stop_nobody() {
    let mut settings = settings();
    settings.subscription.batch = 100;
    let mut desk = Desk::new(HANDLER, settings, Position::START, &[]);
    let now = Timestamp::UNIX_EPOCH;
    for number in 1..=5_000 {
        desk.take([item(event(number, stream(number)))], Position::new(number));
        let (stream, _) = desk.next_call(now).expect("it goes on");
        let failure = if number % 3 == 0 { Failure::ForGood } else { Failure::Again };
        let failed = Ended::Failed { error: "no such address".into(), failure };
        desk.ended(&stream, if number % 3 == 2 { Ended::Done } else { failed }, now);
        desk.slot_is_free();
    }
    assert!(desk.letters.waiting() > 1_500 && desk.wants_more());
}
