//! `#[event_handler]`, on an `impl` block or on a function.

mod block;
mod function;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Item, Path};

use crate::{parts::located, signature};

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
fn argument_info(cqrs: &Path, ty: &impl ToTokens) -> TokenStream {
    let info = quote::quote_spanned! { located(ty)=> #cqrs::handler::EventArgument<'_>>::INFO };
    quote! { <#ty as #info }
}

/// The value of an argument, shown at the user's type if it cannot be made.
fn argument_value(cqrs: &Path, ty: &impl ToTokens) -> TokenStream {
    quote::quote_spanned! { located(ty)=> #cqrs::__private::event_argument(context)? }
}

use signature::{check_plain, event_type, returned, typed_arguments};
