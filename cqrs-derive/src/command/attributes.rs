//! What `#[command(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, value},
};

/// `#[command(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) version: Option<u32>,
    pub(super) crate_path: Option<Path>,
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "command", keys: &["name", "alias", "version", "crate"] }
            .read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "alias" => self.aliases.push(value(key, input)?),
            key if key == "version" => self.version = Some(counted(key, input)?),
            _ => self.crate_path = Some(value(key, input)?),
        }
        Ok(())
    }
}

/// `#[command(id)]` on a field.
#[derive(Default)]
pub(super) struct FieldKeys {
    pub(super) id: Option<Ident>,
}

impl FieldKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "command", keys: &["id"] }.read(attributes, errors)
    }
}

impl TakeKey for FieldKeys {
    fn take(&mut self, key: &Ident, _: ParseStream<'_>) -> syn::Result<()> {
        self.id = Some(key.clone());
        Ok(())
    }
}
