//! The pieces every expansion is made of.
//!
//! Rules for all generated code: absolute paths through the crate's path; `<T as Trait>::function` and never a
//! method call, so that nothing must be imported; the user's span on what may not type-check, and nowhere else.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Path, parse_quote};

/// The path of the `cqrs` crate: the given one, or `::cqrs`.
pub(crate) fn crate_path(given: Option<Path>) -> Path {
    given.unwrap_or_else(|| parse_quote!(::cqrs))
}

/// Generated code whose errors are shown at the user's `tokens`.
pub(crate) fn located(tokens: impl ToTokens) -> Span {
    Span::call_site().located_at(syn::spanned::Spanned::span(&tokens))
}

/// Keeps what was generated out of the user's namespace.
pub(crate) fn enclosed(items: &TokenStream) -> TokenStream {
    quote! { const _: () = { #items }; }
}

/// Where `ident` is declared, as an expression.
pub(crate) fn location(cqrs: &Path, ident: &Ident) -> TokenStream {
    let place = quote_spanned! { ident.span() => ::core::file!(), ::core::line!() };
    quote! { #cqrs::Location::new(#place) }
}

/// Hands the declaration to `inventory`: `entry` is the method of the registry.
pub(crate) fn registration(cqrs: &Path, entry: &str, declared: &impl ToTokens) -> TokenStream {
    let entry = Ident::new(entry, Span::call_site());
    quote! {
        #cqrs::__private::inventory::submit! {
            #cqrs::registry::Registration::new(|registry| #cqrs::registry::Registry::#entry::<#declared>(registry))
        }
    }
}

/// `Option` as an expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    match value {
        Some(value) => quote! { ::core::option::Option::Some(#value) },
        None => quote! { ::core::option::Option::None },
    }
}
