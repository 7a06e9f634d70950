//! The enum of all events a block handles, and the way into and out of it.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::Type;

use crate::{item::same, parts::at};

use super::tree::{Block, Handler, Shape};

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

/// What is asked of each event, and of what its handler returns, once; and the type as far as that holds.
pub(super) fn check(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, checked, .. } = block;
    let asked = distinct(block).into_iter().filter(|handler| !may_be_whole(block, handler.event));
    let events = asked.map(|handler| {
        let ty = handler.event;
        quote! { event::<#ty> }
    });
    let results = block.handlers.iter().filter_map(|handler| {
        let ty = handler.returned?;
        match handler.shape() {
            Shape::Change => Some(quote! { change::<#ty> }),
            Shape::Transaction => Some(quote! { result::<#ty> }),
            Shape::Build | Shape::Advance | Shape::Unknown => None,
        }
    });
    let questions = events.chain(results);
    quote! { #cqrs::__private::check! { #subject as #checked: #(#questions),* } }
}

/// Whether the type has the name of the enum that this block writes, which cannot be asked before it is written.
fn may_be_whole(block: &Block<'_>, event: &Type) -> bool {
    let Type::Path(path) = event else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == format!("{}Event", block.name))
}

/// `impl EventSet` for the enum, from which everything else about it follows.
pub(super) fn implementation(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, checked: subject, event, .. } = block;
    let handlers = distinct(block);
    let count = handlers.len();
    let members = handlers.iter().map(|handler| {
        let (ty, (span, cqrs)) = (handler.event, at(cqrs, handler.event));
        quote_spanned! { span=> #cqrs::handler::Member::of::<#subject, #ty>() }
    });
    let held = handlers.iter().map(|handler| {
        let (variant, (span, cqrs)) = (&handler.variant, at(cqrs, handler.event));
        let held = quote_spanned! { span=> #cqrs::handler::held::<#subject, _>(event) };
        quote! { Self::#variant(event) => #held }
    });
    quote! {
        const MEMBERS: &[#cqrs::handler::Member<#event>; #count] = &[#(#members),*];
        const KINDS: &[#cqrs::event::EventKinds] = &#cqrs::handler::Member::kinds(MEMBERS);
        impl #cqrs::handler::EventSet for #event {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::AllOf(KINDS);
            const MEMBERS: &'static [#cqrs::handler::Member<Self>] = MEMBERS;
            fn held(&self) -> &dyn #cqrs::handler::HeldEvent {
                match self { #(#held),* }
            }
        }
    }
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
