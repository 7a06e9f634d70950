//! What `#[aggregate(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, LitInt, LitStr, Path, Type, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, type_value, value},
};

/// `#[aggregate(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) id: Option<Type>,
    pub(super) category: Option<LitStr>,
    pub(super) event: Option<Ident>,
    pub(super) snapshot_every: Option<u64>,
    pub(super) snapshot_version: Option<u64>,
    pub(super) crate_path: Option<Path>,
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let keys = &["id", "category", "event", "snapshot_every", "snapshot_version", "crate"];
        Grammar { attribute: "aggregate", keys }.read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "id" => self.id = Some(type_value(key, input)?),
            key if key == "category" => self.category = Some(value(key, input)?),
            key if key == "event" => self.event = Some(value(key, input)?),
            key if key == "snapshot_every" => {
                self.snapshot_every = Some(counted(key, input)?);
            }
            key if key == "snapshot_version" => {
                self.snapshot_version = Some(value::<LitInt>(key, input)?.base10_parse()?);
            }
            _ => self.crate_path = Some(value(key, input)?),
        }
        Ok(())
    }
}
