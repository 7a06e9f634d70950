//! A process that rings, as plain code: no log, no workers, no store.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use cqrs::{Timestamp, process::Standing};

use crate::ringing::Ringing;

/// All there is.
#[derive(Debug)]
pub struct Model {
    now: Timestamp,
    processes: BTreeMap<u32, Process>,
    shut: BTreeSet<u32>,
    accepted: usize,
    refused: usize,
    /// Processes that were refused something after they had ended.
    letters: BTreeSet<u32>,
}

/// What there is to be seen of all processes.
#[derive(Debug, PartialEq, Eq)]
pub struct Seen {
    pub running: Vec<u32>,
    pub ended: Vec<u32>,
    /// With a letter of the worker that makes steps.
    pub letters: BTreeSet<u32>,
    pub accepted: usize,
    pub refused: usize,
}

#[derive(Debug)]
struct Process {
    state: Ringing,
    ended: bool,
    alarm: Option<Timestamp>,
    /// When it rings once more.
    delayed: Vec<Timestamp>,
    /// What is not sent, since the first of it fails.
    held: Vec<u32>,
}

impl Model {
    pub fn at(now: Timestamp) -> Self {
        let (processes, shut, letters) = Default::default();
        Self { now, processes, shut, accepted: 0, refused: 0, letters }
    }

    pub fn is_absent(&self, id: u32) -> bool {
        !self.processes.contains_key(&id)
    }

    pub fn shut(&mut self, bell: u32, shut: bool) {
        if shut {
            self.shut.insert(bell)
        } else {
            self.shut.remove(&bell)
        };
    }

    /// It starts, if it has not started before. A bell that is stuck holds the rest.
    pub fn ask(&mut self, id: u32, bells: &[u32], again: u32, pause: u64, stuck: Option<u32>) {
        if !self.is_absent(id) {
            return;
        }
        let bell = bells.first().copied().unwrap_or_default();
        let state = Ringing { id, bell, again, pause, rung: 0, refused: 0, alarms: 0 };
        let alarm = (again > 0).then(|| self.now + Duration::from_millis(pause));
        let process = Process { state, ended: false, alarm, delayed: Vec::new(), held: Vec::new() };
        self.processes.insert(id, process);
        let until = bells.iter().position(|bell| Some(*bell) == stuck).unwrap_or(bells.len());
        bells[..until].iter().for_each(|bell| self.ring(id, *bell));
        self.process(id).held = bells[until..].to_vec();
    }

    /// The bell that was stuck rings, or somebody has skipped it; and then the rest is sent.
    pub fn unstick(&mut self, id: u32, rings: bool) {
        let held = std::mem::take(&mut self.process(id).held);
        if rings {
            self.ring(id, held[0]);
        } else {
            self.answer(id, false);
        }
        held[1..].iter().for_each(|bell| self.ring(id, *bell));
    }

    pub fn stop(&mut self, id: u32) {
        let Some(process) = self.processes.get_mut(&id).filter(|process| !process.ended) else { return };
        (process.ended, process.alarm) = (true, None);
        let bell = process.state.bell;
        self.ring(id, bell);
    }

    /// An operator ends it, and whatever it has sent that nobody has accepted is refused. Where it stood is returned.
    pub fn end(&mut self, id: u32) -> Standing<Ringing> {
        let stood = self.standing(id);
        if let (Standing::Live { .. }, Some(process)) = (&stood, self.processes.get_mut(&id)) {
            (process.ended, process.alarm) = (true, None);
            self.refused += process.delayed.len() + process.held.len();
            process.delayed.clear();
            process.held.clear();
        }
        stood
    }

    pub fn advance(&mut self, by: Duration) {
        let end = self.now + by;
        while let Some((time, id)) = self.next().filter(|(time, _)| *time <= end) {
            self.now = time;
            self.wake(id);
        }
        self.now = end;
    }

    fn next(&self) -> Option<(Timestamp, u32)> {
        let times =
            |process: &Process| process.alarm.into_iter().chain(process.delayed.iter().copied()).min();
        self.processes.iter().filter_map(|(id, process)| Some((times(process)?, *id))).min()
    }

    /// An alarm comes, or else a command is due.
    fn wake(&mut self, id: u32) {
        let now = self.now;
        let process = self.process(id);
        let bell = process.state.bell;
        if process.alarm == Some(now) {
            let next = now + Duration::from_millis(process.state.pause);
            process.state.alarms += 1;
            process.state.again -= 1;
            process.alarm = (process.state.again > 0).then_some(next);
            process.delayed.push(next);
        } else {
            let due = process.delayed.iter().position(|time| *time == now).unwrap();
            process.delayed.remove(due);
        }
        self.ring(id, bell);
    }

    fn ring(&mut self, id: u32, bell: u32) {
        self.answer(id, !self.shut.contains(&bell));
    }

    fn answer(&mut self, id: u32, rings: bool) {
        let process = self.processes.get_mut(&id).unwrap();
        match (rings, process.ended) {
            (true, false) => process.state.rung += 1,
            (false, false) => process.state.refused += 1,
            (true, true) => {}
            (false, true) => drop(self.letters.insert(id)),
        }
        if rings { self.accepted += 1 } else { self.refused += 1 }
    }

    fn process(&mut self, id: u32) -> &mut Process {
        self.processes.get_mut(&id).unwrap()
    }

    pub fn standing(&self, id: u32) -> Standing<Ringing> {
        match self.processes.get(&id) {
            None => Standing::Absent,
            Some(process) if process.ended => Standing::Ended,
            Some(process) => Standing::Live { state: process.state.clone(), pending: Vec::new() },
        }
    }

    pub fn seen(&self) -> Seen {
        let ids = |ended| {
            let those = self.processes.iter().filter(move |(_, process)| process.ended == ended);
            those.map(|(id, _)| *id).collect()
        };
        let (running, ended, letters) = (ids(false), ids(true), self.letters.clone());
        Seen { running, ended, letters, accepted: self.accepted, refused: self.refused }
    }
}
