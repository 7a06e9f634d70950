//! What `#[event_handler(..)]` on a block says.

use proc_macro2::{Ident, TokenStream};
use syn::{Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, value},
};

/// The arguments of the attribute.
#[derive(Default)]
pub(super) struct BlockKeys {
    pub(super) crate_path: Option<Path>,
}

impl BlockKeys {
    pub(super) fn read(arguments: TokenStream, errors: &Errors) -> Self {
        Grammar { attribute: "event_handler", keys: &KEYS }.read_arguments(arguments, errors)
    }
}

impl TakeKey for BlockKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        if key == "crate" {
            self.crate_path = Some(value(key, input)?);
            return Ok(());
        }
        let message = if SAID_OF_THE_TYPE.iter().any(|said| key == said) {
            format!(
                "`{key}` is for event handlers that are functions: what a block builds is named by `#[projection(..)]`, and starts at the first event"
            )
        } else {
            format!(
                "`{key}` is for event handlers that are functions, each of which is run by itself: leave it out, or write `#[event_handler(from = .., {key} = ..)]` on a function"
            )
        };
        Err(syn::Error::new(key.span(), message))
    }
}

/// Those of functions are known, so that it can be said whose they are.
const KEYS: [&str; 8] = ["crate", "from", "name", "alias", "concurrency", "attempts", "delay", "time_limit"];
const SAID_OF_THE_TYPE: [&str; 3] = ["from", "name", "alias"];
