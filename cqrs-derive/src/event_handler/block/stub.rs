//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    errors::Mistakes,
    item::{can_be_named, inherent, is_foreign},
    objects::without_objects,
    parts::enclosed,
};

use super::{
    expansion::{event_handlers, kind, methods, transactional_handlers},
    processes::timers,
    tree::Block,
};

/// The enum of events is the first mistake, and so is what the methods work on: whatever is done with them counts as right.
pub(super) fn expand(block: &Block<'_>, mistakes: Mistakes) -> TokenStream {
    let name = &block.event;
    let methods = methods(&without_objects(inherent(block.original), name));
    if is_foreign(block.original) {
        return mistakes.all();
    }
    if !can_be_named(block.original) {
        let errors = mistakes.all();
        return quote! { #errors #methods };
    }
    let (event, errors) = mistakes.into_type();
    let (handlers, fold) = (event_handlers(block, &name.to_token_stream(), &Vec::new()), in_memory(block));
    let timers = timers(block);
    let enclosed = enclosed(&quote! { type #name = #event; #methods #handlers #fold #(#timers)* });
    quote! { #errors #enclosed }
}

/// What is implemented for the type, whatever its events are.
pub(super) fn implementations(block: &Block<'_>) -> TokenStream {
    let handlers = event_handlers(block, &kind(block), &Vec::new());
    let fold = if block.transaction().is_some() { transactional(block) } else { in_memory(block) };
    quote! { #handlers #fold }
}

fn in_memory(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::Fold for #subject {
            fn initial() -> #cqrs::handler::Lifecycle<Self> { ::core::unreachable!() }
            fn fold(
                _: &mut #cqrs::handler::Lifecycle<Self>,
                _: &#event,
                _: &#cqrs::handler::EventContext<'_>,
            ) -> ::core::result::Result<(), #cqrs::handler::FoldError> {
                ::core::unreachable!()
            }
        }
    }
}

fn transactional(block: &Block<'_>) -> TokenStream {
    let body = quote! {
        let _ = (event, context, transaction);
        ::core::unreachable!()
    };
    transactional_handlers(block, &body)
}
