//! What each member of a group has once, as columns.

use sqlx::{Postgres, postgres::PgArguments, query::Query};

use crate::{
    message::{CommandId, CorrelationId},
    store::CommandClaim,
};

use super::PreparedAppend;

#[derive(Default)]
pub(super) struct Members<'a> {
    command_ids: Vec<Option<CommandId>>,
    command_names: Vec<Option<&'a str>>,
    command_versions: Vec<Option<i64>>,
    command_shapes: Vec<Option<i64>>,
    command_digests: Vec<Option<&'a [u8]>>,
    metadatas: Vec<&'a str>,
    correlation_ids: Vec<CorrelationId>,
    tenants: Vec<Option<&'a str>>,
    times: Vec<&'a str>,
}

impl<'a> Members<'a> {
    pub(super) fn add(&mut self, prepared: &'a PreparedAppend) {
        let append = &prepared.append;
        let claim = append.command.as_ref();
        self.command_ids.push(claim.map(|claim| claim.id));
        self.command_names.push(claim.map(|claim| claim.name.as_str()));
        self.command_versions.push(claim.map(version));
        self.command_shapes.push(claim.map(shape));
        self.command_digests.push(claim.and_then(digest));
        self.metadatas.push(&prepared.metadata);
        self.correlation_ids.push(append.metadata.correlation_id);
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
            .bind(self.command_versions)
            .bind(self.command_shapes)
            .bind(self.command_digests)
            .bind(self.metadatas)
            .bind(self.correlation_ids)
            .bind(self.tenants)
            .bind(self.times)
    }
}

/// The version of a command's type, as it is stored.
pub(super) fn version(claim: &CommandClaim) -> i64 {
    claim.form.version.into()
}

/// The shape of a command's type, as it is stored: all 64 bits count; PostgreSQL's numbers have a sign.
pub(super) fn shape(claim: &CommandClaim) -> i64 {
    claim.form.shape.cast_signed()
}

/// The digest of a command, as it is stored.
pub(super) fn digest(claim: &CommandClaim) -> Option<&[u8]> {
    claim.form.digest.as_ref().map(|digest| digest.as_bytes().as_slice())
}
