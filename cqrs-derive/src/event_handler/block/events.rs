//! The enum of all events a block handles, and the way into and out of it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{
    item::same,
    parts::{at, qualified},
};

use super::tree::{Block, Handler};

/// The handlers, one for each event; after a mistake there may be more.
pub(super) fn distinct<'b, 'a>(block: &'b Block<'a>) -> Vec<&'b Handler<'a>> {
    let mut distinct: Vec<&Handler<'a>> = Vec::new();
    for handler in &block.handlers {
        if !distinct.iter().any(|other| same(&other.event, &handler.event)) {
            distinct.push(handler);
        }
    }
    distinct
}

/// The enum itself. It is public, and named by an associated type only, so that it serves public and private
/// types alike.
pub(super) fn declaration(block: &Block<'_>) -> TokenStream {
    let event = &block.event;
    let documentation = format!("Every event that `{}` handles.", block.name);
    let variants = distinct(block).into_iter().map(|handler| {
        let Handler { variant, event, .. } = handler;
        let documentation = format!("Handled by `{}`.", handler.ident());
        quote! { #[doc = #documentation] #variant(#event) }
    });
    quote! {
        #[doc = #documentation]
        #[allow(private_interfaces)]
        pub enum #event { #(#variants),* }
    }
}

/// `impl Event` for the enum: each function is passed on to the event it holds.
pub(super) fn implementation(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, event, .. } = block;
    let handlers = distinct(block);
    let all = |item| handlers.iter().map(move |handler| passed_on(block, handler, item));
    let variants: Vec<_> = handlers.iter().map(|handler| &handler.variant).collect();
    let (kinds, kind, encode, tags, decode) =
        (all("KINDS"), all("kind"), all("encode"), all("tags"), all("decode"));
    let known = all("KINDS");
    quote! {
        #[automatically_derived]
        impl #cqrs::event::Event for #event {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::AllOf(&[#(#kinds),*]);
            fn kind(&self) -> &'static #cqrs::event::EventKind {
                match self { #(Self::#variants(event) => #kind(event)),* }
            }
            fn encode(&self) -> ::core::result::Result<#cqrs::event::Payload, #cqrs::event::EncodeError> {
                match self { #(Self::#variants(event) => #encode(event)),* }
            }
            fn tags(&self) -> ::std::vec::Vec<#cqrs::Tag> {
                match self { #(Self::#variants(event) => #tags(event)),* }
            }
            fn decode(
                stored: &#cqrs::event::StoredEvent<'_>,
            ) -> ::core::result::Result<Self, #cqrs::event::DecodeError> {
                #(if #cqrs::event::StoredEvent::is_of(stored, &#known) {
                    return ::core::result::Result::map(#decode(stored), Self::#variants);
                })*
                ::core::result::Result::Err(#cqrs::event::StoredEvent::unknown(stored))
            }
        }
    }
}

/// `<MoneyDebited as Event>::item`.
fn passed_on(block: &Block<'_>, handler: &Handler<'_>, item: &str) -> TokenStream {
    qualified(&block.cqrs, handler.event, quote!(event::Event), item)
}

/// What lets command handlers return an event, or the enum.
pub(super) fn ways_in(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let each = distinct(block).into_iter().map(|handler| {
        let Handler { variant, event: ty, .. } = handler;
        let (span, cqrs) = at(cqrs, ty);
        quote_spanned! { span=>
            #[automatically_derived]
            impl #cqrs::handler::EventOf<#subject> for #ty {
                fn into_event(self) -> #event { #event::#variant(self) }
            }
        }
    });
    quote! {
        #(#each)*
        #[automatically_derived]
        impl #cqrs::aggregate::IntoEvents<#subject> for #event {
            type Error = ::core::convert::Infallible;
            const EMITS: #cqrs::event::EventKinds = <#event as #cqrs::event::Event>::KINDS;
            fn into_events(
                self,
                events: &mut ::std::vec::Vec<#event>,
            ) -> ::core::result::Result<(), ::core::convert::Infallible> {
                ::std::vec::Vec::push(events, self);
                ::core::result::Result::Ok(())
            }
        }
    }
}
