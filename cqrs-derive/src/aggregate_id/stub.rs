//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Data;

use crate::{
    errors::Mistakes,
    owned,
    parts::{anything_is_read, checked, enclosed},
};

use super::{expansion, tree::AggregateId};

pub(super) fn expand(id: &AggregateId<'_>, mistakes: Mistakes) -> TokenStream {
    let (stub, errors) = match id.fields.as_slice() {
        _ if matches!(id.original.data, Data::Union(_)) => (TokenStream::new(), mistakes.all()),
        [_] if owned::is(id.original) => (expansion::expand(id), mistakes.all()),
        _ => {
            let (check, errors) = mistakes.into_check();
            (unreadable(id, &check), errors)
        }
    };
    quote! { #errors #stub }
}

/// An id whose text form is not known. Generics, which are refused, need not be such as an id could have.
fn unreadable(id: &AggregateId<'_>, check: &TokenStream) -> TokenStream {
    let AggregateId { original, cqrs, .. } = id;
    let (ident, checked, read) = (&original.ident, checked(), anything_is_read(cqrs));
    let (parameters, arguments, _) = original.generics.split_for_impl();
    enclosed(&quote! {
        #check
        #read
        #[automatically_derived]
        impl #parameters ::core::fmt::Display for #ident #arguments #checked {
            fn fmt(&self, _: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #parameters ::core::str::FromStr for #ident #arguments #checked {
            type Err = ::core::convert::Infallible;
            fn from_str(_: &str) -> ::core::result::Result<Self, Self::Err> { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #parameters #cqrs::aggregate::FromKey for #ident #arguments #checked {
            fn from_key(_: &str) -> ::core::result::Result<Self, ::std::string::String> { ::core::unreachable!() }
        }
        #[automatically_derived]
        impl #parameters #cqrs::aggregate::AggregateId for #ident #arguments #checked {}
    })
}
