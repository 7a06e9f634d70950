//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    item::has_plain_header,
    parts::{enclosed, event_stub},
};

use super::{
    events::{declaration, ways_in},
    expansion::{event_handlers, methods, transactional_handlers},
    tree::Block,
};

pub(super) fn expand(block: &Block<'_>, errors: &TokenStream) -> TokenStream {
    let methods = methods(block);
    if !has_plain_header(block.original) {
        return quote! { #errors #methods };
    }
    let (declaration, implementation, ways_in) =
        (declaration(block), event_stub(&block.cqrs, &block.event), ways_in(block));
    let handlers = event_handlers(block, &Vec::new());
    let fold = if block.transaction().is_some() { transactional(block) } else { in_memory(block) };
    let enclosed = enclosed(&quote! { #declaration #implementation #handlers #ways_in #fold });
    quote! { #errors #methods #enclosed }
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
