//! `#[event_handler]` on an `impl` block: a fold over the events its methods take.

mod attributes;
mod checks;
mod events;
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
