//! A projection as the macro sees it.

use syn::{DeriveInput, Expr, Ident, Path};

use crate::{errors::Errors, names::StoredName, parts::crate_path};

use super::attributes::{OnFailure, TypeKeys};

/// A type with `derive(Projection)`.
pub(super) struct Projection<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    pub(super) name: StoredName,
    pub(super) aliases: Vec<StoredName>,
    pub(super) version: u32,
    pub(super) on_failure: OnFailure,
    pub(super) partitions: Option<(Ident, u32)>,
    pub(super) partition_by: Option<Path>,
    pub(super) schema: Option<Expr>,
    pub(super) reset: Option<Expr>,
}

impl<'a> Projection<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let keys = TypeKeys::read(&input.attrs, errors);
        let TypeKeys { name, aliases, version, on_failure, partitions, partition_by, .. } = keys;
        let TypeKeys { schema, reset, crate_path: path, .. } = keys;
        Self {
            original: input,
            cqrs: crate_path(path),
            name: StoredName::new(name.as_ref(), &input.ident),
            aliases: aliases.iter().map(StoredName::given).collect(),
            version: version.unwrap_or(1),
            on_failure: on_failure.unwrap_or(OnFailure::Stop),
            partitions,
            partition_by,
            schema,
            reset,
        }
    }
}
