//! What `#[event(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, LitStr, Path, Token, Variant, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, value},
};

/// `#[event(..)]` on the type or on a variant.
#[derive(Default)]
pub(super) struct KindKeys {
    pub(super) name: Option<LitStr>,
    pub(super) version: Option<Version>,
    pub(super) oldest: Option<Version>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) crate_path: Option<Path>,
}

/// A version of the payload's schema.
pub(super) struct Version {
    pub(super) key: Ident,
    pub(super) number: u32,
}

impl KindKeys {
    pub(super) fn of_type(attributes: &[Attribute], errors: &Errors) -> Self {
        Grammar { attribute: "event", keys: &["name", "version", "oldest", "alias", "crate"] }
            .read(attributes, errors)
    }

    pub(super) fn of_variant(variant: &Variant, errors: &Errors) -> Self {
        Grammar { attribute: "event", keys: &["name", "version", "oldest", "alias"] }
            .read(&variant.attrs, errors)
    }
}

impl TakeKey for KindKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "version" => {
                self.version = Some(Version { key: key.clone(), number: counted(key, input)? });
            }
            key if key == "oldest" => {
                self.oldest = Some(Version { key: key.clone(), number: counted(key, input)? });
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
