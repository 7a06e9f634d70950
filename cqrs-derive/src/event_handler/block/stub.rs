//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    errors::Mistakes,
    item::{can_be_named, inherent},
    parts::enclosed,
};

use super::{
    expansion::{event_handlers, methods, transactional_handlers},
    tree::Block,
};

/// The enum of events is the first mistake: whatever is done with it counts as right.
pub(super) fn expand(block: &Block<'_>, mistakes: Mistakes) -> TokenStream {
    let methods = methods(&inherent(block.original));
    if !can_be_named(block.original) {
        let errors = mistakes.all();
        return quote! { #errors #methods };
    }
    let (event, errors) = mistakes.into_type();
    let implementations = implementations(block);
    let name = &block.event;
    let enclosed = enclosed(&quote! { type #name = #event; #implementations });
    quote! { #errors #methods #enclosed }
}

/// What is implemented for the type, whatever its events are.
pub(super) fn implementations(block: &Block<'_>) -> TokenStream {
    let handlers = event_handlers(block, &Vec::new());
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
