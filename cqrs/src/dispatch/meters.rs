//! What is counted about each command.

use std::{
    any::TypeId,
    collections::HashMap,
    sync::{Arc, PoisonError, RwLock},
};

use foldhash::fast::RandomState;
use metrics::{Counter, Histogram, counter, histogram};

use super::HandledCommand;

/// The meters of one command.
pub(super) struct Meter {
    pub(super) dispatched: Counter,
    pub(super) duration: Histogram,
}

/// One meter a command, made at its first dispatch, since looking a meter up costs more than counting. A metrics
/// recorder must be installed before that.
#[derive(Default)]
pub(super) struct Meters(RwLock<HashMap<TypeId, Arc<Meter>, RandomState>>);

impl Meters {
    pub(super) fn of<C: HandledCommand>(&self) -> Arc<Meter> {
        let known = self.0.read().unwrap_or_else(PoisonError::into_inner).get(&TypeId::of::<C>()).cloned();
        known.unwrap_or_else(|| self.make::<C>())
    }

    fn make<C: HandledCommand>(&self) -> Arc<Meter> {
        let meter = Meter {
            dispatched: counter!("cqrs_commands_dispatched_total", "command" => C::NAME),
            duration: histogram!("cqrs_command_duration_seconds", "command" => C::NAME),
        };
        let mut meters = self.0.write().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(meters.entry(TypeId::of::<C>()).or_insert_with(|| Arc::new(meter)))
    }
}
