//! The enum of all events a block handles, and the way into and out of it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{item::same, parts::at};

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

/// `impl EventSet` for the enum, from which everything else about it follows.
pub(super) fn implementation(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, checked, event, .. } = block;
    let handlers = distinct(block);
    let count = handlers.len();
    let members = handlers.iter().map(|handler| {
        let (ty, (span, cqrs)) = (handler.event, at(cqrs, handler.event));
        quote_spanned! { span=> #cqrs::handler::Member::of::<#subject, #ty>() }
    });
    let held = handlers.iter().map(|handler| {
        let (variant, (span, cqrs)) = (&handler.variant, at(cqrs, handler.event));
        let held = quote_spanned! { span=> #cqrs::handler::held::<#checked, _>(event) };
        quote! { Self::#variant(event) => #held }
    });
    // Each event is asked for once, as a member: where one is none, nothing is said of what is done with the type.
    let whole = quote! { <[(); 0 * MEMBERS.len()] as #cqrs::__private::Given<#subject>>::Type };
    let known = known_events(block);
    quote! {
        const MEMBERS: &[#cqrs::handler::Member<#event>; #count] = &[#(#members),*];
        const KINDS: &[#cqrs::event::EventKinds] = &#cqrs::handler::Member::kinds(MEMBERS);
        type #checked = #whole;
        #known
        impl #cqrs::handler::EventSet for #event {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::AllOf(KINDS);
            const MEMBERS: &'static [#cqrs::handler::Member<Self>] = MEMBERS;
            fn held(&self) -> &dyn #cqrs::handler::HeldEvent {
                match self { #(#held),* }
            }
        }
    }
}

/// What an event is called beside which a handler takes something, as far as all events of the block are such.
fn known_events(block: &Block<'_>) -> Option<TokenStream> {
    let Block { cqrs, known, .. } = block;
    block.handlers.iter().any(|handler| handler.extracted().len() > 0).then(|| {
        quote! { type #known<T> = <[(); 0 * MEMBERS.len()] as #cqrs::__private::Given<T>>::Type; }
    })
}

/// What lets command handlers return an event, or the enum.
pub(super) fn ways_in(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let each = distinct(block).into_iter().map(|handler| {
        let Handler { variant, event: ty, .. } = handler;
        let (span, _) = at(cqrs, ty);
        quote_spanned! { span=>
            impl ::core::convert::From<#ty> for #event {
                fn from(event: #ty) -> Self { Self::#variant(event) }
            }
        }
    });
    quote! { #(#each)* #cqrs::__private::return_events!(#subject, #event); }
}
