//! What `#[projection(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, Expr, LitInt, LitStr, Path, ext::IdentExt, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, value},
};

/// `#[projection(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) version: Option<u32>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) schema: Option<Expr>,
    pub(super) reset: Option<Expr>,
    pub(super) crate_path: Option<Path>,
}

/// What happens when an event fails for good.
#[derive(Clone, Copy)]
pub(super) enum OnFailure {
    Stop,
    Park,
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let keys = &["name", "alias", "version", "on_failure", "schema", "reset", "crate"];
        Grammar { attribute: "projection", keys }.read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "name" => self.name = Some(value(input)?),
            key if key == "alias" => self.aliases.push(value(input)?),
            key if key == "version" => self.version = Some(counted(input, key, LitInt::base10_parse)?),
            key if key == "on_failure" => self.on_failure = Some(on_failure(input)?),
            key if key == "schema" => self.schema = Some(value(input)?),
            key if key == "reset" => self.reset = Some(value(input)?),
            _ => self.crate_path = Some(value(input)?),
        }
        Ok(())
    }
}

fn on_failure(input: ParseStream<'_>) -> syn::Result<OnFailure> {
    input.parse::<syn::Token![=]>()?;
    let word = input.call(Ident::parse_any)?;
    match word.to_string().as_str() {
        "stop" => Ok(OnFailure::Stop),
        "park" => Ok(OnFailure::Park),
        _ => Err(syn::Error::new(
            word.span(),
            "`on_failure` is `stop`, for a projection that is old but never wrong, or `park`, to go on without the failing stream",
        )),
    }
}
