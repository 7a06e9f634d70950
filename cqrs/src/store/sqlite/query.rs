//! A query as SQL.

use std::fmt::Write;

use rusqlite::types::Value;

use crate::{
    message::{Position, StreamId, Version},
    store::EventQuery,
};

use super::{rows, time};

/// What a fold takes of a stream.
const CONTENTS: &str = include_str!("sql/read_stream_contents.sql");
/// Without the stream, which the query names.
const STREAM: &str = include_str!("sql/read_stream.sql");
const EVENTS: &str = include_str!("sql/read_events.sql");
const TAGGED: &str = include_str!("sql/read_tagged_events.sql");

/// What to run for one page: the same text for the same set of conditions, so that it is parsed once.
pub(super) struct ReadPlan {
    pub(super) sql: String,
    pub(super) values: Vec<Value>,
    pub(super) limit: usize,
    pub(super) after: Position,
    pub(super) up_to: Option<Position>,
    pub(super) after_version: Version,
    /// Whether rows have the id and the metadata of their events.
    pub(super) whole: bool,
    /// The stream whose events are read, in the order of their versions; without one it is all streams, in the
    /// order of the whole store.
    pub(super) stream: Option<StreamId>,
}

impl ReadPlan {
    pub(super) fn new(query: &EventQuery, limit: usize) -> Self {
        let mut plan = Self {
            sql: String::with_capacity(512),
            values: Vec::new(),
            limit,
            after: query.after,
            up_to: query.up_to,
            after_version: query.after_version,
            // Where it pays: a page of the whole log is seldom read for folding.
            whole: !query.contents_only || query.stream.is_none() || query.tag.is_some(),
            stream: query.stream.clone(),
        };
        plan.select(query);
        plan.places(query);
        plan.contents(query);
        plan.order();
        plan
    }

    pub(super) fn by_position(&self) -> bool {
        self.stream.is_none()
    }

    /// Where rows come from: the tags lead, where there is one and no stream.
    fn select(&mut self, query: &EventQuery) {
        match (&query.stream, &query.tag) {
            (None, Some(tag)) => {
                self.sql.push_str(TAGGED);
                self.condition("event_tags.tag =", Value::Text(tag.as_str().into()), "");
            }
            (Some(_), Some(tag)) => {
                self.sql.push_str(STREAM);
                let within = "events.position IN (SELECT position FROM event_tags WHERE tag =";
                self.condition(within, Value::Text(tag.as_str().into()), ")");
            }
            (Some(_), None) => self.sql.push_str(if self.whole { STREAM } else { CONTENTS }),
            (None, None) => self.sql.push_str(EVENTS),
        }
    }

    fn places(&mut self, query: &EventQuery) {
        if let Some(stream) = &query.stream {
            self.condition("category =", Value::Text(stream.category().into()), "");
            self.condition("key =", Value::Text(stream.key().into()), "");
            if query.after_version > Version::NONE {
                self.number("version >", query.after_version.get());
            }
            if let Some(last) = query.up_to_version {
                self.number("version <=", last.get());
            }
        }
        // From the start of the log everything is read: what somebody put before it is found, and told.
        if query.after > Position::START {
            // A unary plus keeps the condition from leading the search; in a stream the versions lead.
            self.number(
                if self.by_position() { "events.position >" } else { "+events.position >" },
                query.after.get(),
            );
        }
        if let Some(last) = query.up_to {
            self.number(
                if self.by_position() { "events.position <=" } else { "+events.position <=" },
                last.get(),
            );
        }
    }

    fn contents(&mut self, query: &EventQuery) {
        if let Some(category) = &query.category {
            self.condition("+category =", Value::Text(category.to_string()), "");
        }
        if let Some(names) = &query.names {
            let names: Vec<_> = names.iter().map(|name| serde_json::Value::from(name.as_str())).collect();
            let names = serde_json::Value::from(names).to_string();
            self.condition("name IN (SELECT value FROM json_each(", Value::Text(names), "))");
        }
        if let Some(id) = query.correlation_id {
            let column = if self.by_position() { "correlation_id =" } else { "+correlation_id =" };
            self.condition(column, Value::Text(id.to_string()), "");
        }
        if let Some(since) = query.since {
            self.condition("time >=", Value::Text(time::text(since)), "");
        }
        if let Some(until) = query.until {
            self.condition("time <", Value::Text(time::text(until)), "");
        }
    }

    fn order(&mut self) {
        let order = if self.by_position() { "events.position" } else { "version" };
        // One more than are shown tells whether there are more.
        self.values.push(Value::Integer(i64::try_from(self.limit).unwrap_or(i64::MAX).saturating_add(1)));
        // Writing to a string does not fail.
        let _ = write!(self.sql, " ORDER BY {order} LIMIT ?{}", self.values.len());
    }

    fn number(&mut self, before: &str, number: u64) {
        self.condition(before, Value::Integer(rows::number(number)), "");
    }

    fn condition(&mut self, before: &str, value: Value, after: &str) {
        let word = if self.values.is_empty() { "WHERE" } else { "AND" };
        self.values.push(value);
        // Writing to a string does not fail.
        let _ = write!(self.sql, " {word} {before} ?{}{after}", self.values.len());
    }
}
