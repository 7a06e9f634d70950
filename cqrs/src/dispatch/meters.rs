//! What is counted about each command.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use foldhash::fast::RandomState;
use metrics::{Counter, Histogram, counter, histogram};
use smol_str::SmolStr;

use crate::command::Command;

/// The meters of one command.
pub(super) struct Meter {
    pub(super) dispatched: Counter,
    pub(super) duration: Histogram,
}

/// One meter for each command and event, made at its first use, since making a meter costs more than counting. A
/// metrics recorder must be installed before that.
#[derive(Default)]
pub(super) struct Meters {
    commands: RwLock<HashMap<TypeId, Arc<Meter>, RandomState>>,
    events: RwLock<HashMap<SmolStr, Counter, RandomState>>,
}

impl Meters {
    /// The meter of a command that was dispatched before.
    pub(super) fn known<C: Command>(&self) -> Option<Arc<Meter>> {
        self.commands.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<C>()).cloned()
    }

    pub(super) fn make<C: Command>(&self) -> Arc<Meter> {
        let meter = Meter {
            dispatched: counter!("cqrs_commands_dispatched_total", "command" => C::NAME),
            duration: histogram!("cqrs_command_duration_seconds", "command" => C::NAME),
        };
        let mut meters = self.commands.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(TypeId::of::<C>()).or_insert_with(|| Arc::new(meter)))
    }

    /// Counts an event that was appended.
    pub(super) fn appended(&self, event: &str) {
        if let Some(counter) = self.events.read().unwrap_or_else(PoisonError::into_inner).get(event) {
            return counter.increment(1);
        }
        let counter = counter!("cqrs_events_appended_total", "event" => event.to_owned());
        counter.increment(1);
        self.events.write().unwrap_or_else(PoisonError::into_inner).insert(event.into(), counter);
    }
}
