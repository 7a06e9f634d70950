//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    errors::Mistakes,
    names::unused,
    parts::enclosed,
    signature::{is_named, of_method},
    unfinished::as_written,
};

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
    let tokens = handler.original.to_token_stream();
    let name = unused("Mistake", &tokens).into_token_stream();
    let implementation = implementation(handler, &quote!(0), &name, &quote!(::core::unreachable!()));
    let items = quote! { type #name = #decision; #implementation };
    let stub = if of_method(&handler.original.sig).is_some() {
        // It is among methods, where every constant has a name.
        let constant = unused(&format!("{}_IS_ALONE", handler.original.sig.ident).to_uppercase(), &tokens);
        quote! { #[doc(hidden)] pub const #constant: () = { #items }; }
    } else {
        enclosed(&items)
    };
    quote! { #errors #function #stub }
}

/// The function does not parse, which the compiler has said; `item` is it as it was written.
pub(super) fn expand_unfinished(handler: &Handler<'_>, item: &TokenStream) -> TokenStream {
    let item = as_written(&handler.cqrs, item);
    let is_function = handler.original.sig.receiver().is_none();
    let stub = (is_function && has_command(handler)).then(|| {
        enclosed(&implementation(handler, &quote!(0), &returned(handler), &quote!(::core::unreachable!())))
    });
    quote! { #item #stub }
}

/// Whether its command is known, and can be named elsewhere.
fn has_command(handler: &Handler<'_>) -> bool {
    let signature = &handler.original.sig;
    handler.command.is_some() && is_named(signature)
}
