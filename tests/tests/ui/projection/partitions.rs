use cqrs::{event::RecordedEvent, prelude::*};
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

fn by_tenant(event: &RecordedEvent) -> String {
    event.envelope.metadata.tenant.as_deref().unwrap_or_default().to_owned()
}

#[derive(Projection)]
#[projection(partition_by = by_tenant)]
struct Whole;

#[event_handler]
impl Whole {
    fn opened(_: &Opened, _tx: &mut SqliteTransaction<'_>) {}
}

#[derive(Projection)]
#[projection(partitions = 100000)]
struct Crumbs;

#[event_handler]
impl Crumbs {
    fn opened(_: &Opened, _tx: &mut SqliteTransaction<'_>) {}
}

fn main() {}
