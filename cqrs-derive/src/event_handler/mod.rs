//! `#[event_handler]`, on an `impl` block or on a function.

mod block;
mod function;

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote};
use syn::{Item, ItemEnum, ItemStruct, Path, Type, parse_quote};

use crate::{errors::Errors, parts::qualified, unfinished};

pub(crate) use block::instead;

pub(crate) fn expand(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    match syn::parse2(item.clone()) {
        Ok(Item::Impl(block)) => block::expand(arguments, &block),
        Ok(Item::Fn(function)) => function::expand(arguments, &function),
        Ok(other) => refuse(&other),
        Err(_) => unfinished(arguments, item),
    }
}

/// An item that does not parse, which the compiler has said already.
fn unfinished(arguments: TokenStream, item: &TokenStream) -> TokenStream {
    match unfinished::block(item.clone()) {
        Some(block) => block::expand_unfinished(arguments, &block, item),
        // Nothing refers to what the macro writes for a function.
        None => item.clone(),
    }
}

fn refuse(item: &Item) -> TokenStream {
    let message =
        "`#[event_handler]` belongs on the `impl` block of an aggregate or projection, or on a function";
    let errors = Errors::new();
    errors.add(syn::Error::new(Span::call_site(), message));
    let stub = match item {
        Item::Struct(ItemStruct { ident, .. }) | Item::Enum(ItemEnum { ident, .. }) => {
            // The handlers are near, in a block without the attribute.
            block::instead(&parse_quote! { impl #ident {} }, errors)
        }
        _ => errors.finish().unwrap_or_default(),
    };
    quote! { #item #stub }
}

/// What an argument of type `ty` asks for, beside an event of type `event`, as a constant.
fn argument_info(cqrs: &Path, ty: &Type, event: &impl ToTokens) -> TokenStream {
    qualified(cqrs, ty, quote!(handler::EventArgument<'_, #event>), "INFO")
}

/// The value of an argument.
fn argument_value(cqrs: &Path, ty: &Type, event: &impl ToTokens) -> TokenStream {
    let extract = qualified(cqrs, ty, quote!(handler::EventArgument<'_, #event>), "extract");
    quote! { #extract(context)? }
}

/// Whether a handler with the return type `ty` may fail, as a constant.
fn fallible(cqrs: &Path, ty: &impl ToTokens) -> TokenStream {
    qualified(cqrs, ty, quote!(handler::HandlerResult), "FALLIBLE")
}
