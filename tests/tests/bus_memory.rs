//! The bus in memory keeps the promises of a bus.

use std::sync::Arc;

use cqrs::{
    bus::{CommandBus, EventBus, memory::MemoryTransport},
    testing::bus::Buses,
};

/// Small, so that the checks meet its limits.
const CAPACITY: usize = 100;

struct InMemory;

impl Buses for InMemory {
    async fn command_bus(&self) -> CommandBus {
        CommandBus::over(Arc::new(MemoryTransport::queue(CommandBus::GROUP, CAPACITY)))
    }

    async fn event_bus(&self) -> EventBus {
        EventBus::over(Arc::new(MemoryTransport::fan_out(CAPACITY)))
    }

    fn capacity(&self) -> Option<usize> {
        Some(CAPACITY)
    }
}

cqrs::bus_conformance!(InMemory);
