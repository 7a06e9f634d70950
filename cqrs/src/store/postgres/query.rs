//! A query as SQL.

use sqlx::{Postgres, QueryBuilder, postgres::PgArguments, query::Query};

use crate::{
    message::{Position, Version},
    store::EventQuery,
};

use super::{rows, time};

const EVENTS: &str = include_str!("sql/read_events.sql");
const CONTENTS: &str = include_str!("sql/read_contents.sql");
const TAGGED: &str = include_str!("sql/read_tagged_events.sql");

/// The statement that reads the first `limit` events of a query, and one more, which tells whether there are more.
/// The same set of conditions gives the same text, so that it is parsed once.
pub(super) fn select(query: &EventQuery, limit: usize) -> QueryBuilder<Postgres> {
    let mut select = Select { sql: QueryBuilder::new(""), word: " WHERE " };
    select.source(query);
    select.places(query);
    select.contents(query);
    let Select { mut sql, .. } = select;
    sql.push(if query.stream.is_some() { " ORDER BY version" } else { " ORDER BY events.position" });
    let limit = i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1);
    sql.push(" LIMIT ").push_bind(limit);
    sql
}

/// Whether events are wanted by nothing but their names and places in the log.
pub(super) fn is_by_name(query: &EventQuery) -> bool {
    let EventQuery {
        stream,
        after_version: _,
        up_to_version: _,
        category,
        after: _,
        up_to: _,
        names: _,
        correlation_id,
        tag,
        since,
        until,
        contents_only: _,
    } = query;
    stream.is_none()
        && category.is_none()
        && correlation_id.is_none()
        && tag.is_none()
        && since.is_none()
        && until.is_none()
}

/// The call that reads the first `limit` events of such a query, and one more, up to where the log is final.
pub(super) fn read_on(
    query: &EventQuery,
    known: Position,
    last: Position,
    limit: usize,
) -> Query<'static, Postgres, PgArguments> {
    let names = query.names.as_ref().map(|names| names.iter().map(ToString::to_string).collect::<Vec<_>>());
    sqlx::query(include_str!("sql/read_log_call.sql"))
        .bind(after(query))
        .bind(rows::number(known.get()))
        .bind(rows::number(last.get()))
        .bind(names)
        .bind(i64::try_from(limit).unwrap_or(i64::MAX).saturating_add(1))
}

/// The position after which to read. Before the first is nothing; what stands there all the same is not passed over.
fn after(query: &EventQuery) -> i64 {
    if query.after == Position::START { i64::MIN } else { rows::number(query.after.get()) }
}

/// Whether rows have the id and the metadata of their events, and say of which stream they are. Where it pays they do
/// not: a page of the whole log is seldom read for folding.
pub(super) fn is_whole(query: &EventQuery) -> bool {
    !query.contents_only || query.stream.is_none()
}

fn columns(query: &EventQuery) -> &'static str {
    if is_whole(query) { EVENTS } else { CONTENTS }
}

struct Select {
    sql: QueryBuilder<Postgres>,
    word: &'static str,
}

impl Select {
    /// Where rows come from: the tags lead, where there is one and no stream.
    fn source(&mut self, query: &EventQuery) {
        let tag = query.tag.as_ref().map(|tag| tag.as_str().to_owned());
        match (tag, &query.stream) {
            (Some(tag), None) => {
                self.sql.push(TAGGED);
                self.condition("event_tags.tag = ").push_bind(tag);
            }
            (Some(tag), Some(_)) => {
                self.sql.push(columns(query));
                let within = "events.position IN (SELECT position FROM event_tags WHERE tag = ";
                self.condition(within).push_bind(tag).push(")");
            }
            (None, _) => drop(self.sql.push(columns(query))),
        }
    }

    fn places(&mut self, query: &EventQuery) {
        if let Some(stream) = &query.stream {
            self.condition("category = ").push_bind(stream.category().to_owned());
            self.condition("key = ").push_bind(stream.key().to_owned());
            if query.after_version > Version::NONE {
                self.condition("version > ").push_bind(rows::number(query.after_version.get()));
            }
            if let Some(last) = query.up_to_version {
                self.condition("version <= ").push_bind(rows::number(last.get()));
            }
        }
        // In the log a place to begin is always named, so that the text is the same for every page.
        if query.after > Position::START || query.stream.is_none() {
            self.condition("events.position > ").push_bind(after(query));
        }
        if let Some(last) = query.up_to {
            self.condition("events.position <= ").push_bind(rows::number(last.get()));
        }
    }

    fn contents(&mut self, query: &EventQuery) {
        if let Some(category) = &query.category {
            self.condition("category = ").push_bind(category.to_string());
        }
        if let Some(names) = &query.names {
            let names: Vec<_> = names.iter().map(ToString::to_string).collect();
            self.condition("name = ANY (").push_bind(names).push(")");
        }
        if let Some(id) = query.correlation_id {
            self.condition("correlation_id = CAST(").push_bind(id.to_string()).push(" AS uuid)");
        }
        if let Some(since) = query.since {
            self.condition("time >= ").push_bind(time::text(since));
        }
        if let Some(until) = query.until {
            self.condition("time < ").push_bind(time::text(until));
        }
    }

    fn condition(&mut self, before: &str) -> &mut QueryBuilder<Postgres> {
        self.sql.push(self.word).push(before);
        self.word = " AND ";
        &mut self.sql
    }
}
