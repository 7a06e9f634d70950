//! What each member of a group has once, as columns.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use super::{super::ids::Id, PreparedAppend};

#[derive(Default)]
pub(super) struct Members<'a> {
    command_ids: Vec<Option<Id>>,
    command_names: Vec<Option<&'a str>>,
    fingerprints: Vec<Option<&'a [u8]>>,
    metadatas: Vec<&'a str>,
    correlation_ids: Vec<Id>,
    tenants: Vec<Option<&'a str>>,
    times: Vec<&'a str>,
}

impl<'a> Members<'a> {
    pub(super) fn add(&mut self, prepared: &'a PreparedAppend) {
        let append = &prepared.append;
        let claim = append.command.as_ref();
        self.command_ids.push(claim.map(|claim| Id(claim.id.as_uuid())));
        self.command_names.push(claim.map(|claim| claim.name.as_str()));
        self.fingerprints.push(claim.map(|claim| claim.fingerprint.as_bytes().as_slice()));
        self.metadatas.push(&prepared.metadata);
        self.correlation_ids.push(Id(append.metadata.correlation_id.as_uuid()));
        self.tenants.push(append.metadata.tenant.as_deref());
        self.times.push(&prepared.time);
    }

    pub(super) fn len(&self) -> usize {
        self.times.len()
    }

    /// As the first arguments of a function.
    pub(super) fn bind(self, query: Query<'a, Postgres, PgArguments>) -> Query<'a, Postgres, PgArguments> {
        query
            .bind(self.command_ids)
            .bind(self.command_names)
            .bind(self.fingerprints)
            .bind(self.metadatas)
            .bind(self.correlation_ids)
            .bind(self.tenants)
            .bind(self.times)
    }
}
