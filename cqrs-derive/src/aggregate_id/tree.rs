//! An id type as the macro sees it.

use syn::{Data, DeriveInput, Member, Path, Type};

use crate::{errors::Errors, parts::crate_path};

use super::attributes::TypeKeys;

/// A struct with `derive(AggregateId)`.
pub(super) struct AggregateId<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    /// Its fields, of which there should be one.
    pub(super) fields: Vec<(Member, &'a Type)>,
}

impl<'a> AggregateId<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let keys = TypeKeys::read(&input.attrs, errors);
        let fields = match &input.data {
            Data::Struct(data) => {
                data.fields.members().zip(data.fields.iter().map(|field| &field.ty)).collect()
            }
            Data::Enum(_) | Data::Union(_) => Vec::new(),
        };
        Self { original: input, cqrs: crate_path(keys.crate_path), fields }
    }
}
