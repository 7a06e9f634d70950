//! What `#[event(..)]` says, and what serde's attributes say about the form of the payload.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Meta, Path, Token, Variant, parse::ParseStream, punctuated::Punctuated};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, value},
};

/// `#[event(..)]` on the type or on a variant.
#[derive(Default)]
pub(super) struct KindKeys {
    pub(super) name: Option<LitStr>,
    pub(super) version: Option<Version>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) crate_path: Option<Path>,
}

/// The version of the payload's schema.
pub(super) struct Version {
    pub(super) key: Ident,
    pub(super) number: u32,
}

impl KindKeys {
    pub(super) fn of_type(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "event", keys: &["name", "version", "alias", "crate"] }.read(attributes, errors)
    }

    pub(super) fn of_variant(variant: &Variant, errors: &Errors) -> Self {
        Grammar { attribute: "event", keys: &["name", "version", "alias"] }.read(&variant.attrs, errors)
    }
}

impl TakeKey for KindKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "version" => {
                self.version = Some(Version { key: key.clone(), number: counted(key, input)? });
            }
            key if key == "alias" => self.aliases.push(value(key, input)?),
            _ => self.crate_path = Some(value(key, input)?),
        }
        Ok(())
    }
}

/// `#[event(tag)]` or `#[event(tag = "name")]` on a field.
#[derive(Default)]
pub(super) struct FieldKeys {
    pub(super) tag: Option<TagKey>,
}

pub(super) struct TagKey {
    pub(super) key: Ident,
    pub(super) name: Option<LitStr>,
}

impl FieldKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "event", keys: &["tag"] }.read(attributes, errors)
    }
}

impl TakeKey for FieldKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        let name = if input.peek(Token![=]) { Some(value(key, input)?) } else { None };
        self.tag = Some(TagKey { key: key.clone(), name });
        Ok(())
    }
}

/// The keys of all `#[serde(..)]` attributes. What cannot be read is left to serde, which will say so.
pub(super) fn serde_keys(attributes: &[Attribute]) -> Vec<Path> {
    let parse =
        |attribute: &Attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| parse(attribute).ok())
        .flatten()
        .map(|meta| meta.path().clone())
        .collect()
}
