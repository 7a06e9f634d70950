//! What is known of a projection without its type: so everything around its event handlers is compiled once, and not once
//! more for each projection of a program.

use crate::{
    event::{Event, EventKinds, RecordedEvent},
    handler::EventHandlerInfo,
};

use super::{OnFailure, Projection};

/// The constants of a [`Projection`].
#[derive(Clone, Copy)]
pub struct Facts {
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) version: u32,
    pub(crate) on_failure: OnFailure,
    pub(crate) partitions: &'static [&'static str],
    pub(crate) partition_key: fn(&RecordedEvent) -> String,
    pub(crate) schema: Option<&'static str>,
    pub(crate) reset: Option<&'static str>,
    pub(crate) kinds: EventKinds,
    pub(crate) handlers: &'static [EventHandlerInfo],
}

impl Facts {
    pub(crate) fn of<P: Projection>() -> Self {
        Self {
            name: P::NAME,
            aliases: P::ALIASES,
            version: P::VERSION,
            on_failure: P::ON_FAILURE,
            partitions: P::PARTITIONS,
            partition_key: P::partition_key,
            schema: P::SCHEMA,
            reset: P::RESET,
            kinds: P::Event::KINDS,
            handlers: P::HANDLERS,
        }
    }
}
