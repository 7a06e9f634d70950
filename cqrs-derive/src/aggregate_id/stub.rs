//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{item::is_plain, parts::enclosed};

use super::{expansion, tree::AggregateId};

pub(super) fn expand(id: &AggregateId<'_>, errors: &TokenStream) -> TokenStream {
    let stub = match id.fields.as_slice() {
        _ if !is_plain(id.original) => TokenStream::new(),
        [_] => expansion::expand(id),
        _ => unreadable(id),
    };
    quote! { #errors #stub }
}

/// An id whose text form is not known.
fn unreadable(id: &AggregateId<'_>) -> TokenStream {
    let cqrs = &id.cqrs;
    let ident = &id.original.ident;
    enclosed(&quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = ::core::convert::Infallible;
            fn from_str(_: &str) -> ::core::result::Result<Self, Self::Err> { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #cqrs::aggregate::FromKey for #ident {
            fn from_key(_: &str) -> ::core::result::Result<Self, ::std::string::String> { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #cqrs::aggregate::AggregateId for #ident {}
    })
}
