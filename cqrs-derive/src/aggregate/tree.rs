//! An aggregate as the macro sees it.

use proc_macro2::Ident;
use quote::{ToTokens, format_ident};
use syn::{DeriveInput, Path, Type};

use crate::{errors::Errors, fingerprint::fingerprint, names::StoredName, parts::crate_path};

use super::attributes::TypeKeys;

/// A struct, or an enum of states, with `derive(Aggregate)`.
pub(super) struct Aggregate<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    pub(super) id: Option<Type>,
    pub(super) category: StoredName,
    /// What the enum of its events is called.
    pub(super) event: Ident,
    pub(super) snapshot_every: Option<u64>,
    /// What a snapshot must have been made of to be used.
    pub(super) shape: u64,
}

impl<'a> Aggregate<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let TypeKeys { id, category, event, snapshot_every, snapshot_version, crate_path: path } =
            TypeKeys::read(&input.attrs, errors);
        Self {
            original: input,
            cqrs: crate_path(path),
            id,
            category: StoredName::new(category.as_ref(), &input.ident),
            event: event.unwrap_or_else(|| format_ident!("{}Event", input.ident)),
            snapshot_every,
            shape: shape(input, snapshot_version.unwrap_or(0)),
        }
    }
}

/// The fields and what serde makes of them; the version is mixed in for what the macro cannot see, the types of the
/// fields.
fn shape(input: &DeriveInput, version: u64) -> u64 {
    let DeriveInput { attrs, vis: _, ident, generics: _, data } = input;
    let item = DeriveInput {
        attrs: attrs.iter().filter(|attribute| attribute.path().is_ident("serde")).cloned().collect(),
        vis: syn::Visibility::Inherited,
        ident: ident.clone(),
        generics: syn::Generics::default(),
        data: data.clone(),
    };
    fingerprint(item.into_token_stream()) ^ version
}
