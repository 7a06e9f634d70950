//! What is called one after the other by one task or thread.
//!
//! Invariant: an event is taken out to be called under the same lock under which a slot is given up. So of a slot that was given up the
//! call under way runs to its end, nobody hears of it, and no other begins.

use std::{
    collections::{HashSet, VecDeque},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use smol_str::SmolStr;

use crate::{
    message::{Position, StreamId},
    store::StoreError,
};

use super::{
    super::{Environment, parking::event_at},
    calls::lost,
    desk::Ended,
    facts::Facts,
    letters::Target,
    stream::Item,
};

/// Events that are called one after the other.
pub(super) struct Slot(Mutex<State>);

struct State {
    targets: VecDeque<(StreamId, Target)>,
    /// For which stream a call is under way, and with what.
    current: Option<(StreamId, Called)>,
    ended: Vec<(StreamId, Result<Ended, StoreError>)>,
    /// What is not called, since an event before it in its stream failed, or time was up.
    not_called: Vec<(StreamId, Item)>,
    failed: HashSet<StreamId>,
    began: Instant,
    is_given_up: bool,
}

/// What is called, for those who look.
pub(super) struct Called {
    pub(super) position: Position,
    /// The name of the event; none while the event of a letter is yet to be read.
    pub(super) name: SmolStr,
}

impl Called {
    fn of(target: &Target) -> Self {
        match target {
            Target::Item(item) => Self::of_item(item),
            Target::Letter(position) => Self { position: *position, name: SmolStr::default() },
        }
    }

    fn of_item(item: &Item) -> Self {
        let name = match &item.event {
            Ok(event) => event.envelope.name.clone(),
            Err(error) => SmolStr::new(&error.name),
        };
        Self { position: item.place().position, name }
    }
}

/// What came of a slot.
pub(super) struct Come {
    pub(super) ended: Vec<(StreamId, Result<Ended, StoreError>)>,
    /// In the order in which it was to be called.
    pub(super) not_called: Vec<(StreamId, Item)>,
    pub(super) took: Duration,
}

impl Slot {
    pub(super) fn new(targets: VecDeque<(StreamId, Target)>) -> Self {
        Self(Mutex::new(State {
            // Known from the beginning: the event of a letter is yet to be read.
            current: targets.front().map(|(stream, target)| (stream.clone(), Called::of(target))),
            targets,
            ended: Vec::new(),
            not_called: Vec::new(),
            failed: HashSet::new(),
            began: Instant::now(),
            is_given_up: false,
        }))
    }

    fn open(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Reads the event of a letter, which is alone in its slot; `false` if there is nothing to be called.
    pub(super) async fn read(&self, facts: &Facts, environment: &Environment) -> bool {
        let letter = match self.open().targets.front() {
            Some((_, Target::Letter(position))) => *position,
            _ => return true,
        };
        let ended = match event_at(&*environment.store, letter).await {
            Err(error) => Err(error),
            Ok(Err(reason)) => Ok(lost(&reason)),
            Ok(Ok(event)) => match facts.lane(&event) {
                None => Ok(Ended::Done),
                Some(lane) => {
                    let mut state = self.open();
                    if let Some((_, target)) = state.targets.front_mut() {
                        *target = Target::Item(Box::new(Item { lane, event: Ok(event) }));
                    }
                    return true;
                }
            },
        };
        self.open().targets.clear();
        self.ended(ended);
        false
    }

    /// Takes out what is to be called next, if there is something and the slot has not lasted for so long.
    pub(super) fn next(&self, slice: Duration) -> Option<Item> {
        let mut state = self.open();
        let is_over = !state.ended.is_empty() && state.began.elapsed() > slice;
        loop {
            if state.is_given_up || is_over {
                return None;
            }
            let (stream, Target::Item(item)) = state.targets.pop_front()? else { return None };
            if state.failed.contains(&stream) {
                state.not_called.push((stream, *item));
                continue;
            }
            state.current = Some((stream, Called::of_item(&item)));
            return Some(*item);
        }
    }

    /// The call under way has ended.
    pub(super) fn ended(&self, ended: Result<Ended, StoreError>) {
        let mut state = self.open();
        if state.is_given_up {
            return;
        }
        let Some((stream, _)) = state.current.take() else { return };
        if !matches!(ended, Ok(Ended::Done)) {
            state.failed.insert(stream.clone());
        }
        state.ended.push((stream, ended));
    }

    /// Takes what came of it; no call of it begins any more, and nobody hears of the one that is under way. That one has ended as is
    /// said; for which stream it was, and with what, is given.
    pub(super) fn give_up(&self, under_way: Option<Ended>) -> (Come, Option<(StreamId, Called)>) {
        let mut state = self.open();
        state.is_given_up = true;
        let current = state.current.take();
        let mut ended = std::mem::take(&mut state.ended);
        let stream = current.as_ref().map(|(stream, _)| stream.clone());
        ended.extend(stream.zip(under_way.map(Ok)));
        let mut not_called = std::mem::take(&mut state.not_called);
        let left = std::mem::take(&mut state.targets).into_iter();
        not_called.extend(left.filter_map(|(stream, target)| match target {
            Target::Item(item) => Some((stream, *item)),
            Target::Letter(_) => None,
        }));
        (Come { ended, not_called, took: state.began.elapsed() }, current)
    }
}
