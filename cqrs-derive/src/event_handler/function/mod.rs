//! `#[event_handler(from = ..)]` on a function: an effect outside the program.

mod attributes;
mod checks;
mod duration;
mod expansion;
mod settings;
mod tree;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::ItemFn;

use crate::errors::Errors;

pub(super) fn expand(arguments: TokenStream, function: &ItemFn) -> TokenStream {
    let errors = Errors::new();
    let handler = tree::Handler::read(arguments, function, &errors);
    checks::check(&handler, &errors);
    match errors.finish() {
        None => expansion::expand(&handler),
        // Nothing else refers to what the macro writes for a function, so the function is stub enough.
        Some(errors) => {
            let function = function.to_token_stream();
            quote! { #errors #function }
        }
    }
}
