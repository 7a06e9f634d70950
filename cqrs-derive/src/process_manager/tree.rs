//! A process manager as the macro sees it.

use syn::{DeriveInput, Path, Type};

use crate::{errors::Errors, names::StoredName, parts::crate_path};

use super::attributes::{Correlation, StartFrom, TypeKeys, Unmatched};

/// A struct, or an enum of states, with `derive(ProcessManager)`.
pub(super) struct ProcessManager<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    pub(super) id: Option<Type>,
    pub(super) name: StoredName,
    pub(super) from: Option<StartFrom>,
    pub(super) from_given: bool,
    pub(super) correlate: Option<Correlation>,
    pub(super) unmatched: Unmatched,
    pub(super) version: u32,
}

impl<'a> ProcessManager<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let TypeKeys { id, name, from, from_given, correlate, unmatched, version, crate_path: path } =
            TypeKeys::read(&input.attrs, errors);
        Self {
            original: input,
            cqrs: crate_path(path),
            id,
            name: StoredName::new(name.as_ref(), &input.ident),
            from,
            from_given,
            correlate,
            unmatched: unmatched.unwrap_or(Unmatched::Ignore),
            version: version.unwrap_or(1),
        }
    }
}
