//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{errors::Mistakes, names::unused, parts::enclosed, signature::is_named, unfinished::as_written};

use super::{
    expansion::{function, implementation, returned},
    tree::Handler,
};

/// What the function returns is the first mistake: whatever comes of its command counts as right.
pub(super) fn expand(handler: &Handler<'_>, mistakes: Mistakes) -> TokenStream {
    let function = function(handler);
    if !has_command(handler) {
        let errors = mistakes.all();
        return quote! { #errors #function };
    }
    let (decision, errors) = mistakes.into_type();
    let name = unused("Mistake", &handler.original.to_token_stream()).into_token_stream();
    let implementation = implementation(handler, &quote!(0), &name, &quote!(::core::unreachable!()));
    let enclosed = enclosed(&quote! { type #name = #decision; #implementation });
    quote! { #errors #function #enclosed }
}

/// The function does not parse, which the compiler has said; `item` is it as it was written.
pub(super) fn expand_unfinished(handler: &Handler<'_>, item: &TokenStream) -> TokenStream {
    let item = as_written(&handler.cqrs, item);
    let stub = has_command(handler).then(|| {
        enclosed(&implementation(handler, &quote!(0), &returned(handler), &quote!(::core::unreachable!())))
    });
    quote! { #item #stub }
}

/// Whether its command is known, and can be named elsewhere.
fn has_command(handler: &Handler<'_>) -> bool {
    let signature = &handler.original.sig;
    handler.command.is_some() && signature.receiver().is_none() && is_named(signature)
}
