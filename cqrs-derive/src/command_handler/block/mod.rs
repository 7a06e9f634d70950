//! `#[command_handler]` on an `impl` block: what an aggregate decides.

mod checks;
mod expansion;
mod stub;
mod tree;

use proc_macro2::TokenStream;
use syn::ItemImpl;

use crate::errors::Errors;

pub(super) fn expand(arguments: TokenStream, block: &ItemImpl) -> TokenStream {
    let errors = Errors::new();
    let block = tree::Block::read(arguments, block, &errors);
    checks::check(&block, &errors);
    match errors.finish() {
        None => expansion::expand(&block),
        Some(errors) => stub::expand(&block, &errors),
    }
}
