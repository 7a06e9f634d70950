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

/// For generated code whose errors are shown at the user's `tokens`: the span, and the crate's path with this span.
/// The compiler shows an expression from its first token to its last, so each of them must have it.
pub(crate) fn at(cqrs: &Path, tokens: impl ToTokens) -> (Span, TokenStream) {
    let span = Span::call_site().located_at(syn::spanned::Spanned::span(&tokens));
    (span, moved(cqrs, span))
}

/// The user's tokens, shown at other tokens of his.
pub(crate) fn shown_at(tokens: impl ToTokens, place: impl ToTokens) -> TokenStream {
    let place = syn::spanned::Spanned::span(&place);
    let shown = tokens.into_token_stream().into_iter().map(|mut token| {
        token.set_span(token.span().located_at(place));
        token
    });
    shown.collect()
}

fn moved(tokens: impl ToTokens, span: Span) -> TokenStream {
    let moved = tokens.into_token_stream().into_iter().map(|mut token| {
        token.set_span(span);
        token
    });
    moved.collect()
}

/// `<ty as bound>::item`, shown at `ty`; the bound is a trait of `cqrs`.
pub(crate) fn qualified(cqrs: &Path, ty: &impl ToTokens, bound: TokenStream, item: &str) -> TokenStream {
    let (span, cqrs) = at(cqrs, ty);
    let (bound, item) = (moved(bound, span), Ident::new(item, span));
    quote_spanned! { span=> <#ty as #cqrs::#bound>::#item }
}

/// The type, as far as what `check`, a function of the library, asks of it holds. It may be asked in several places: the
/// compiler says the same thing of the same tokens once.
pub(crate) fn given(cqrs: &Path, ty: &impl ToTokens, check: &str) -> TokenStream {
    let (span, cqrs) = at(cqrs, ty);
    let check = Ident::new(check, span);
    quote_spanned! { span=> <[(); #cqrs::__private::#check::<#ty>()] as #cqrs::__private::Given<#ty>>::Type }
}

/// After a mistake in a type that is kept, for which the `CHECK` stands: whatever is written counts as readable. The type that it is
/// implemented for is one that the compiler gave up on, and takes for any.
pub(crate) fn anything_is_read(cqrs: &Path) -> TokenStream {
    quote! {
        struct Any;
        impl<'de> #cqrs::__private::Deserialize<'de> for <[(); CHECK] as #cqrs::__private::Given<Any>>::Type {
            fn deserialize<D: #cqrs::__private::Deserializer<'de>>(
                _: D,
            ) -> ::core::result::Result<Self, D::Error> {
                ::core::unreachable!()
            }
        }
    }
}

/// How `ident` is written and read back. The bounds of serde are the user's to fulfil, hence the span.
pub(crate) fn codec(cqrs: &Path, ident: &Ident) -> TokenStream {
    let (span, cqrs) = at(cqrs, ident);
    quote_spanned! { span=> #cqrs::event::JsonCodec::serde() }
}

/// What an implementation holds that needs the `CHECK`: without it, the compiler says nothing of the implementation.
pub(crate) fn checked() -> TokenStream {
    quote! { where [(); CHECK]: ::core::marker::Sized }
}

/// The `CHECK` where nothing is asked, since a mistake was told already.
pub(crate) fn unchecked() -> TokenStream {
    quote! { const CHECK: usize = 0; }
}

/// Keeps what was generated out of the user's namespace.
pub(crate) fn enclosed(items: &TokenStream) -> TokenStream {
    quote! { const _: () = { #items }; }
}

/// Where `ident` is declared, as an expression.
pub(crate) fn location(cqrs: &Path, ident: &Ident) -> TokenStream {
    at_line(cqrs, ident, &quote!(Location::here()))
}

/// A call of `cqrs` that asks for its caller, who shall be `ident`.
pub(crate) fn at_line(cqrs: &Path, ident: &Ident, call: &TokenStream) -> TokenStream {
    let (cqrs, call) = (moved(cqrs, ident.span()), moved(call, ident.span()));
    quote_spanned! { ident.span()=> #cqrs::#call }
}

/// Hands the declaration to `inventory`: `entry` is the method of the registry.
pub(crate) fn registration(cqrs: &Path, entry: &str, declared: &impl ToTokens) -> TokenStream {
    let entry = Ident::new(entry, Span::call_site());
    registrations(cqrs, &[quote! { registry.#entry::<#declared>() }])
}

/// Hands several declarations to `inventory`, each a call of the registry.
pub(crate) fn registrations(cqrs: &Path, entries: &[TokenStream]) -> TokenStream {
    let entries = match entries {
        [entry] => quote! { #entry },
        entries => quote! { { #(#entries;)* } },
    };
    quote! {
        #cqrs::__private::inventory::submit! {
            #cqrs::registry::Registration::new(|registry| #entries)
        }
    }
}

/// `Option` as an expression.
pub(crate) fn option(value: Option<impl ToTokens>) -> TokenStream {
    value.map_or_else(
        || quote! { ::core::option::Option::None },
        |value| quote! { ::core::option::Option::Some(#value) },
    )
}

/// `impl Event` after a mistake: enough for the rest of the user's code to compile.
pub(crate) fn event_stub(cqrs: &Path, event: &TokenStream) -> TokenStream {
    let checked = checked();
    quote! {
        #[automatically_derived]
        impl #cqrs::event::Event for #event #checked {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::These(&[]);
            fn kind(&self) -> &'static #cqrs::event::EventKind { ::core::unreachable!() }
            fn encode(&self) -> ::core::result::Result<#cqrs::event::Payload, #cqrs::event::JsonError> {
                ::core::unreachable!()
            }
            fn decode(
                _: &#cqrs::event::StoredEvent<'_>,
            ) -> ::core::result::Result<Self, #cqrs::event::DecodeError> {
                ::core::unreachable!()
            }
        }
    }
}
