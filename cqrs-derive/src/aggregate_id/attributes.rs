//! What `#[aggregate_id(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, value},
};

/// `#[aggregate_id(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) crate_path: Option<Path>,
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "aggregate_id", keys: &["crate"] }.read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        self.crate_path = Some(value(key, input)?);
        Ok(())
    }
}
