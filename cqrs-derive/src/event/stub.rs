//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::parts::enclosed;

use super::{expansion::decision, tree::Event};

pub(super) fn expand(event: &Event<'_>, errors: TokenStream) -> TokenStream {
    if !event.original.generics.params.is_empty() {
        return errors;
    }
    let cqrs = &event.cqrs;
    let ident = &event.original.ident;
    let decision = decision(event);
    let stub = enclosed(&quote! {
        #[automatically_derived]
        impl #cqrs::event::Event for #ident {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::These(&[]);
            fn kind(&self) -> &'static #cqrs::event::EventKind { ::core::unreachable!() }
            fn encode(&self) -> ::core::result::Result<#cqrs::event::Payload, #cqrs::event::EncodeError> {
                ::core::unreachable!()
            }
            fn decode(
                _: &#cqrs::event::StoredEvent<'_>,
            ) -> ::core::result::Result<Self, #cqrs::event::DecodeError> {
                ::core::unreachable!()
            }
        }
        #decision
    });
    quote! { #errors #stub }
}
