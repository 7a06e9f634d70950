//! What `#[event_handler(..)]` on a function says.

use proc_macro2::{Ident, TokenStream};
use syn::{LitStr, Path, Token, ext::IdentExt, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, value},
};

/// The arguments of the attribute.
#[derive(Default)]
pub(super) struct FunctionKeys {
    pub(super) from: Option<StartFrom>,
    /// Whether `from` was there at all, readable or not.
    pub(super) from_given: bool,
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) crate_path: Option<Path>,
}

/// Where the handler starts when it first runs.
#[derive(Clone, Copy)]
pub(super) enum StartFrom {
    Start,
    Now,
}

impl FunctionKeys {
    pub(super) fn read(arguments: TokenStream, errors: &Errors) -> Self {
        Grammar { attribute: "event_handler", keys: &["from", "name", "alias", "crate"] }
            .read_arguments(arguments, errors)
    }
}

impl TakeKey for FunctionKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "from" => {
                self.from_given = true;
                self.from = Some(start_from(input)?);
            }
            key if key == "name" => self.name = Some(value(input)?),
            key if key == "alias" => self.aliases.push(value(input)?),
            _ => self.crate_path = Some(value(input)?),
        }
        Ok(())
    }
}

fn start_from(input: ParseStream<'_>) -> syn::Result<StartFrom> {
    input.parse::<Token![=]>()?;
    let word = input.call(Ident::parse_any)?;
    match word.to_string().as_str() {
        "start" => Ok(StartFrom::Start),
        "now" => Ok(StartFrom::Now),
        _ => Err(syn::Error::new(
            word.span(),
            "`from` is `start`, for every event in history, or `now`, for those that come after the handler first runs",
        )),
    }
}
