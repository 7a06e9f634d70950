//! What `#[command_handler(..)]` says.

use proc_macro2::{Ident, TokenStream};
use syn::{Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, value},
};

/// The arguments of the attribute.
#[derive(Default)]
pub(super) struct HandlerKeys {
    pub(super) crate_path: Option<Path>,
}

impl HandlerKeys {
    pub(super) fn read(arguments: TokenStream, errors: &Errors) -> Self {
        Grammar { attribute: "command_handler", keys: &["crate"] }.read_arguments(arguments, errors)
    }
}

impl TakeKey for HandlerKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        self.crate_path = Some(value(key, input)?);
        Ok(())
    }
}
