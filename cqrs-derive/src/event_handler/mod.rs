//! `#[event_handler]`, on an `impl` block or on a function.

mod block;
mod function;

use proc_macro2::TokenStream;
use quote::{format_ident, quote};
use syn::{Item, Path, Type};

use crate::parts::qualified;

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item) {
        Ok(Item::Impl(block)) => block::expand(arguments, &block),
        Ok(Item::Fn(function)) => function::expand(arguments, &function),
        Ok(other) => refuse(&other),
        Err(error) => error.into_compile_error(),
    }
}

fn refuse(item: &Item) -> TokenStream {
    let message =
        "`#[event_handler]` belongs on the `impl` block of an aggregate or projection, or on a function";
    let error = syn::Error::new_spanned(item, message).into_compile_error();
    quote! { #error #item }
}

/// What an argument of type `ty` asks for, as a constant.
fn argument_info(cqrs: &Path, ty: &Type) -> TokenStream {
    qualified(cqrs, ty, quote!(handler::EventArgument<'_>), "INFO")
}

/// The value of an argument.
fn argument_value(cqrs: &Path, ty: &Type) -> TokenStream {
    let extract = qualified(cqrs, ty, quote!(handler::EventArgument<'_>), "extract");
    quote! { #extract(context)? }
}

/// Whether a handler with the return type `ty` may fail, as a constant; `bound` is the trait of its result.
fn fallible(cqrs: &Path, ty: &Type, bound: &str) -> TokenStream {
    let bound = format_ident!("{bound}");
    qualified(cqrs, ty, quote!(handler::#bound), "FALLIBLE")
}
