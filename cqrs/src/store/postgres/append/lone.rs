//! One append to one stream, as most are, as the arguments that its function takes.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::store::StreamWrite;

use super::{PreparedAppend, expectation::expectation, members};

/// The only write of the only member, if that is all there is to a group: some events of one stream, without tags.
pub(super) fn write_of<'a>(group: &[&'a PreparedAppend]) -> Option<(&'a PreparedAppend, &'a StreamWrite)> {
    let [prepared] = group else { return None };
    let [write] = prepared.append.writes.as_slice() else { return None };
    let plain = !write.events.is_empty() && write.events.iter().all(|event| event.tags.is_empty());
    plain.then_some((*prepared, write))
}

/// The call of the function, with its arguments in their order.
pub(super) fn query<'a>(
    prepared: &'a PreparedAppend,
    write: &'a StreamWrite,
) -> Query<'a, Postgres, PgArguments> {
    let append = &prepared.append;
    let claim = append.command.as_ref();
    let query = sqlx::query(include_str!("../sql/write_one_call.sql"))
        .bind(claim.map(|claim| claim.id))
        .bind(claim.map(|claim| claim.name.as_str()))
        .bind(claim.map(members::version))
        .bind(claim.map(members::shape))
        .bind(claim.and_then(members::digest))
        .bind(&prepared.metadata)
        .bind(append.metadata.correlation_id)
        .bind(append.metadata.tenant.as_deref())
        .bind(&prepared.time);
    let events = &write.events;
    query
        .bind(write.stream.category())
        .bind(write.stream.key())
        .bind(expectation(write.expected))
        .bind(events.iter().map(|event| event.id).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.name.as_str()).collect::<Vec<_>>())
        .bind(events.iter().map(|event| i64::from(event.schema_version)).collect::<Vec<_>>())
        .bind(events.iter().map(|event| event.payload.as_json()).collect::<Vec<_>>())
}
