//! A block that does not parse. The compiler has said so; nothing else may be said.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{item::can_be_named, parts::enclosed, unfinished::as_written};

use super::{events::declaration, stub::implementations, tree::Block};

/// `item` is the block as it was written, and `block` what can be read of it.
pub(super) fn expand(block: &Block<'_>, item: &TokenStream) -> TokenStream {
    let item = as_written(&block.cqrs, item);
    if !can_be_named(block.original) {
        return item;
    }
    let (declaration, set, way_in) = (declaration(block), event_set(block), way_in(block));
    let implementations = implementations(block);
    let enclosed = enclosed(&quote! { #declaration #set #way_in #implementations });
    quote! { #item #enclosed }
}

/// Every event there is counts as handled: its handler may be the one that cannot be read.
fn way_in(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    quote! {
        #[automatically_derived]
        impl<AnyEvent: #cqrs::event::Event + #cqrs::__private::Serialize> ::core::convert::From<AnyEvent> for #event {
            fn from(_: AnyEvent) -> Self { ::core::unreachable!() }
        }
        #cqrs::__private::return_events!(#subject, #event);
    }
}

fn event_set(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, event, .. } = block;
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::EventSet for #event {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::These(&[]);
            const MEMBERS: &'static [#cqrs::handler::Member<Self>] = &[];
            fn held(&self) -> &dyn #cqrs::handler::HeldEvent { ::core::unreachable!() }
        }
    }
}
