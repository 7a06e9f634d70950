//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    item::{has_plain_header, same},
    parts::enclosed,
    signature::is_named,
};

use super::{
    expansion::{handled, method, methods},
    tree::{Block, Handler},
};

pub(super) fn expand(block: &Block<'_>, errors: &TokenStream) -> TokenStream {
    let methods = methods(block);
    if !has_plain_header(block.original) {
        return quote! { #errors #methods };
    }
    let handlers =
        distinct(block).into_iter().filter(|handler| is_named(&handler.original.sig)).map(|handler| {
            let body = quote!(::core::unreachable!());
            let (method, handled) = (method(block, handler, &body), handled(block, handler));
            enclosed(&quote! { #method #handled })
        });
    quote! { #errors #methods #(#handlers)* }
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
