//! A process that rings bells: by commands of its own, by timers, and again when it was refused.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{prelude::*, registry::Registry};

/// What tells bells how to behave: how many calls of a bell's handler are to panic.
#[derive(Default, Debug)]
pub struct Clapper {
    stuck: Mutex<HashMap<u32, u32>>,
}

impl Clapper {
    pub fn sticks(&self, bell: u32, calls: u32) {
        self.stuck.lock().unwrap().insert(bell, calls);
    }

    fn is_stuck(&self, bell: u32) -> bool {
        let mut stuck = self.stuck.lock().unwrap();
        let left = stuck.entry(bell).or_default();
        let is_stuck = *left > 0;
        *left = left.saturating_sub(1);
        is_stuck
    }
}

#[derive(Event, Serialize, Deserialize)]
pub struct RingingAsked {
    pub ringing: u32,
    /// Which bells, in this order.
    pub bells: Vec<u32>,
    /// How often it is rung again, by a timer and by a command that waits, so many milliseconds later.
    pub again: u32,
    pub pause: u64,
}

#[derive(Event, Serialize, Deserialize)]
pub struct RingingStopped {
    pub ringing: u32,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Rung {
    pub by: u32,
}

#[derive(Event, Serialize, Deserialize)]
pub struct Shut {}

#[derive(Event, Serialize, Deserialize)]
pub struct Opened {}

#[derive(Event, Serialize, Deserialize)]
pub struct Alarm {}

#[derive(Command, Serialize, Deserialize, Clone, Debug)]
pub struct AskForRinging {
    #[command(id)]
    pub ringing: u32,
    pub bells: Vec<u32>,
    pub again: u32,
    pub pause: u64,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug)]
pub struct StopRinging {
    #[command(id)]
    pub ringing: u32,
}

#[derive(Command, Serialize, Deserialize, Clone, Debug)]
pub struct Ring {
    #[command(id)]
    pub bell: u32,
    pub by: u32,
}

/// A bell that is shut does not ring.
#[derive(Command, Serialize, Deserialize, Clone, Debug)]
pub struct SetShut {
    #[command(id)]
    pub bell: u32,
    pub shut: bool,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = u32)]
pub struct Ringer {}

#[event_handler]
impl Ringer {
    fn asked(&mut self, _: &RingingAsked) {}
    fn stopped(&mut self, _: &RingingStopped) {}
}

#[command_handler]
impl Ringer {
    fn ask(_: Option<&Self>, command: AskForRinging) -> RingingAsked {
        let AskForRinging { ringing, bells, again, pause } = command;
        RingingAsked { ringing, bells, again, pause }
    }

    fn stop(_: Option<&Self>, command: StopRinging) -> RingingStopped {
        RingingStopped { ringing: command.ringing }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the bell is shut")]
pub struct IsShut;

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = u32)]
pub struct Bell {
    shut: bool,
}

#[event_handler]
impl Bell {
    fn rung(&mut self, _: &Rung) {}

    fn shut(&mut self, _: &Shut) {
        self.shut = true;
    }

    fn opened(&mut self, _: &Opened) {
        self.shut = false;
    }
}

#[command_handler]
impl Bell {
    fn ring(this: Option<&Self>, command: Ring, clapper: Inject<Arc<Clapper>>) -> Result<Rung, IsShut> {
        assert!(!clapper.is_stuck(command.bell), "the clapper is stuck");
        if this.is_some_and(|bell| bell.shut) { Err(IsShut) } else { Ok(Rung { by: command.by }) }
    }

    fn set_open(_: Option<&Self>, command: SetShut) -> Vec<BellEvent> {
        if command.shut { vec![Shut {}.into()] } else { vec![Opened {}.into()] }
    }
}

#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[process_manager(id = u32, from = now)]
pub struct Ringing {
    pub id: u32,
    pub bell: u32,
    pub again: u32,
    pub pause: u64,
    pub rung: u32,
    pub refused: u32,
    pub alarms: u32,
}

#[event_handler]
impl Ringing {
    #[correlate(event.ringing)]
    fn asked(event: &RingingAsked, mut outbox: Outbox<'_, Self>) -> Self {
        let RingingAsked { ringing: id, bells, again, pause } = event;
        for bell in bells {
            outbox.send(Ring { bell: *bell, by: *id });
        }
        if *again > 0 {
            outbox.schedule(Alarm {}).after(Duration::from_millis(*pause));
        }
        let bell = bells.first().copied().unwrap_or_default();
        Self { id: *id, bell, again: *again, pause: *pause, rung: 0, refused: 0, alarms: 0 }
    }

    #[correlate(cause)]
    fn rung(&mut self, _: &Rung) {
        self.rung += 1;
    }

    #[timer]
    fn alarm(&mut self, _: &Alarm, mut outbox: Outbox<'_, Self>) {
        self.alarms += 1;
        self.again -= 1;
        let ring = Ring { bell: self.bell, by: self.id };
        outbox.send(ring.clone());
        outbox.send(ring).after(Duration::from_millis(self.pause));
        if self.again > 0 {
            outbox.schedule(Alarm {}).after(Duration::from_millis(self.pause));
        }
    }

    fn not_rung(&mut self, _: &Refused<Ring>) {
        self.refused += 1;
    }

    #[correlate(event.ringing)]
    fn stopped(self, _: &RingingStopped, mut outbox: Outbox<'_, Self>) -> Ended {
        outbox.send(Ring { bell: self.bell, by: self.id });
        Ended
    }
}

/// The domain, without the process.
pub fn domain() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Ringer>();
    registry.aggregate::<Bell>();
    registry.command::<AskForRinging>();
    registry.command::<StopRinging>();
    registry.command::<Ring>();
    registry.command::<SetShut>();
    registry
}

pub fn registry() -> Registry {
    let mut registry = domain();
    registry.process_manager::<Ringing>();
    registry
}

pub fn ask(ringing: u32, bells: &[u32]) -> AskForRinging {
    AskForRinging { ringing, bells: bells.to_vec(), again: 0, pause: 0 }
}

pub fn shut(bell: u32, shut: bool) -> SetShut {
    SetShut { bell, shut }
}
