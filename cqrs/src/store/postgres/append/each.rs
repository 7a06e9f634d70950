//! A group of appends of one event to one stream each, as most are, as the arguments that their function takes. They may
//! guard other streams.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::{
    message::EventId,
    store::{NewEvent, StreamWrite},
};

use super::{
    PreparedAppend, columns::ordinal, expectation::expectation, guards::Guards, members::Members, written,
};

/// The arguments: one of each a member.
#[derive(Default)]
pub(super) struct Each<'a> {
    members: Members<'a>,
    categories: Vec<&'a str>,
    keys: Vec<&'a str>,
    expectations: Vec<i64>,
    event_ids: Vec<EventId>,
    event_names: Vec<&'a str>,
    schema_versions: Vec<i64>,
    payloads: Vec<&'a str>,
    guards: Guards<'a>,
}

impl<'a> Each<'a> {
    /// The group, if every member is such an append.
    pub(super) fn of(group: &[&'a PreparedAppend]) -> Option<Self> {
        let mut each = Self::default();
        for prepared in group {
            let mut writes = written(&prepared.append);
            let (Some(write), None) = (writes.next(), writes.next()) else { return None };
            let [event] = write.events.as_slice() else { return None };
            if !event.tags.is_empty() {
                return None;
            }
            each.members.add(prepared);
            each.guards.add(&prepared.append, ordinal(each.members.len()));
            each.add(write, event);
        }
        Some(each)
    }

    fn add(&mut self, write: &'a StreamWrite, event: &'a NewEvent) {
        self.categories.push(write.stream.category());
        self.keys.push(write.stream.key());
        self.expectations.push(expectation(write.expected));
        self.event_ids.push(event.id);
        self.event_names.push(&event.name);
        self.schema_versions.push(event.schema_version.into());
        self.payloads.push(event.payload.as_json());
    }

    /// The call of the function, with its arguments in their order.
    pub(super) fn query(self) -> Query<'a, Postgres, PgArguments> {
        let query = sqlx::query(include_str!("../sql/write_each_call.sql"));
        let query = self.members.bind(query).bind(self.categories).bind(self.keys).bind(self.expectations);
        let query =
            query.bind(self.event_ids).bind(self.event_names).bind(self.schema_versions).bind(self.payloads);
        self.guards.bind(query)
    }
}
