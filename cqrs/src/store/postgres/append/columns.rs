//! A group of appends as the columns that the function takes.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::{
    message::EventId,
    store::{NewEvent, StreamWrite},
};

use super::{PreparedAppend, expectation::expectation, guards::Guards, members::Members, written};

#[derive(Default)]
pub(super) struct Columns<'a> {
    members: Members<'a>,
    writes: Writes<'a>,
    events: Events<'a>,
    tags: Tags<'a>,
    guards: Guards<'a>,
}

#[derive(Default)]
struct Writes<'a> {
    members: Vec<i32>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    expectations: Vec<i64>,
    counts: Vec<i32>,
}

#[derive(Default)]
struct Events<'a> {
    writes: Vec<i32>,
    steps: Vec<i32>,
    ids: Vec<EventId>,
    names: Vec<&'a str>,
    schema_versions: Vec<i64>,
    payloads: Vec<&'a str>,
}

#[derive(Default)]
struct Tags<'a> {
    writes: Vec<i32>,
    steps: Vec<i32>,
    texts: Vec<&'a str>,
}

impl<'a> Columns<'a> {
    pub(super) fn of(appends: impl Iterator<Item = &'a PreparedAppend>) -> Self {
        let mut columns = Self::default();
        for append in appends {
            columns.add(append);
        }
        columns
    }

    fn add(&mut self, prepared: &'a PreparedAppend) {
        self.members.add(prepared);
        self.guards.add(&prepared.append, ordinal(self.members.len()));
        for write in written(&prepared.append) {
            self.add_write(write);
        }
    }

    fn add_write(&mut self, write: &'a StreamWrite) {
        let writes = &mut self.writes;
        writes.members.push(ordinal(self.members.len()));
        writes.categories.push(write.stream.category());
        writes.keys.push(write.stream.key());
        writes.expectations.push(expectation(write.expected));
        writes.counts.push(ordinal(write.events.len()));
        let number = ordinal(writes.keys.len());
        for (event, step) in write.events.iter().zip(1..) {
            self.add_event(event, number, step);
        }
    }

    fn add_event(&mut self, event: &'a NewEvent, write: i32, step: i32) {
        let (events, tags) = (&mut self.events, &mut self.tags);
        events.writes.push(write);
        events.steps.push(step);
        events.ids.push(event.id);
        events.names.push(&event.name);
        events.schema_versions.push(event.schema_version.into());
        events.payloads.push(event.payload.as_json());
        for tag in &event.tags {
            tags.writes.push(write);
            tags.steps.push(step);
            tags.texts.push(tag.as_str());
        }
    }

    /// The call of the function, with its arguments in their order.
    pub(super) fn query(self) -> Query<'a, Postgres, PgArguments> {
        let Self { members, writes, events, tags, guards } = self;
        let query = members.bind(sqlx::query(include_str!("../sql/write_group_call.sql")));
        let query = query
            .bind(writes.members)
            .bind(writes.categories)
            .bind(writes.keys)
            .bind(writes.expectations)
            .bind(writes.counts);
        let query = query
            .bind(events.writes)
            .bind(events.steps)
            .bind(events.ids)
            .bind(events.names)
            .bind(events.schema_versions)
            .bind(events.payloads);
        guards.bind(query.bind(tags.writes).bind(tags.steps).bind(tags.texts))
    }
}

/// A number from 1; there are far fewer than fit.
pub(super) fn ordinal(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
