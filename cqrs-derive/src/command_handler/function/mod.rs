//! `#[command_handler]` on a function: a command over several aggregates.

mod checks;
mod expansion;
mod stub;
mod tree;

use proc_macro2::TokenStream;
use syn::ItemFn;

use crate::errors::Errors;

pub(super) fn expand(arguments: TokenStream, function: &ItemFn) -> TokenStream {
    let errors = Errors::new();
    let handler = tree::Handler::read(arguments, function, &errors);
    checks::check(&handler, &errors);
    match errors.mistakes() {
        None => expansion::expand(&handler),
        Some(mistakes) => stub::expand(&handler, mistakes),
    }
}

/// A function that does not parse: `item`, of which `function` is what can be read.
pub(super) fn expand_unfinished(
    arguments: TokenStream,
    function: &ItemFn,
    item: &TokenStream,
) -> TokenStream {
    let errors = Errors::new();
    let handler = tree::Handler::read(arguments, function, &errors);
    errors.forget();
    stub::expand_unfinished(&handler, item)
}
