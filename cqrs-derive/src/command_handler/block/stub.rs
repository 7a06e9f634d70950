//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};

use crate::{
    errors::Mistakes,
    item::{can_be_named, inherent, is_foreign, same},
    names::unused,
    objects::without_objects,
    parts::{checked, enclosed, unchecked},
    unfinished::as_written,
};

use super::{
    expansion::{handled, method, methods, returned},
    tree::{Block, Handler},
};

/// What the methods return is the first mistake: whatever comes of their commands counts as right.
pub(super) fn expand(block: &Block<'_>, mistakes: Mistakes) -> TokenStream {
    let name = unused("Mistake", &block.original.to_token_stream());
    let methods = methods(&without_objects(inherent(block.original), &name));
    if is_foreign(block.original) {
        return mistakes.all();
    }
    if !can_be_named(block.original) {
        let errors = mistakes.all();
        return quote! { #errors #methods };
    }
    let (check, errors) = mistakes.into_check();
    let handlers = handlers(block, |_| name.to_token_stream());
    let enclosed = enclosed(&quote! { #check type #name = [(); CHECK]; #methods #handlers });
    quote! { #errors #enclosed }
}

/// The block does not parse, which the compiler has said; `item` is it as it was written.
pub(super) fn expand_unfinished(block: &Block<'_>, item: &TokenStream) -> TokenStream {
    let item = as_written(&block.cqrs, item);
    if !can_be_named(block.original) {
        return item;
    }
    let (unchecked, handlers) = (unchecked(), handlers(block, returned));
    let enclosed = enclosed(&quote! { #unchecked #handlers });
    quote! { #item #enclosed }
}

fn handlers(block: &Block<'_>, decision: impl Fn(&Handler<'_>) -> TokenStream) -> TokenStream {
    let handlers = distinct(block).into_iter().map(|handler| {
        let (body, decision) = (quote!(::core::unreachable!()), decision(handler));
        let method = method(block, &handler.alone(), &decision, &body);
        let handled = handled(block, handler, &decision, Some(&checked()));
        quote! { #method #handled }
    });
    let Block { checked, subject, .. } = block;
    quote! { type #checked = #subject; #(#handlers)* }
}

fn distinct<'b, 'a>(block: &'b Block<'a>) -> Vec<&'b Handler<'a>> {
    let mut distinct: Vec<&Handler<'a>> = Vec::new();
    for handler in &block.handlers {
        if !distinct.iter().any(|other| same(&other.command, &handler.command)) {
            distinct.push(handler);
        }
    }
    distinct
}
