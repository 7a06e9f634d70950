//! `#[command_handler]`, on an `impl` block or on a function.

mod attributes;
mod block;
mod function;

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Ident, Item, PatType, Path, Signature, Type};

use crate::{errors::Errors, parts::qualified};

pub(crate) fn expand(arguments: TokenStream, item: TokenStream) -> TokenStream {
    match syn::parse2(item) {
        Ok(Item::Impl(block)) => block::expand(arguments, &block),
        Ok(Item::Fn(function)) => function::expand(arguments, &function),
        Ok(other) => refuse(&other),
        Err(error) => error.into_compile_error(),
    }
}

fn refuse(item: &Item) -> TokenStream {
    let message = "`#[command_handler]` belongs on the `impl` block of an aggregate, or on a function";
    let error = syn::Error::new_spanned(item, message).into_compile_error();
    quote! { #error #item }
}

/// The command of a handler whose first argument (after any aggregate) is `argument`.
fn command_type<'a>(
    signature: &Signature,
    argument: Option<&'a PatType>,
    errors: &Errors,
) -> Option<&'a Type> {
    let Some(argument) = argument else {
        errors.at(
            &signature.ident,
            "a command handler takes a command as its first argument: write `command: Command`",
        );
        return None;
    };
    let Type::Reference(reference) = &*argument.ty else { return Some(&argument.ty) };
    let written = reference.elem.to_token_stream();
    errors.at(
        &argument.ty,
        format!("a command handler owns its command, the first argument: write `{written}`, without `&`"),
    );
    Some(&reference.elem)
}

/// What an argument of type `ty` asks for, as a constant.
fn argument_info(cqrs: &Path, ty: &Type) -> TokenStream {
    qualified(cqrs, ty, quote!(command::CommandArgument<'_>), "INFO")
}

/// The value of an argument.
fn argument_value(cqrs: &Path, ty: &Type) -> TokenStream {
    let extract = qualified(cqrs, ty, quote!(command::CommandArgument<'_>), "extract");
    quote! { #extract(context)? }
}

/// Waits for what the user's function returns, if it is asynchronous.
fn wait(signature: &Signature) -> Option<TokenStream> {
    signature.asyncness.map(|_| quote!(.await))
}

/// What the signature declares, as a constant.
fn info(
    cqrs: &Path,
    name: &Ident,
    existence: &TokenStream,
    emits: &TokenStream,
    arguments: &[&Type],
) -> TokenStream {
    let arguments = arguments.iter().map(|ty| argument_info(cqrs, ty));
    let location = crate::parts::location(cqrs, name);
    let name = name.to_string();
    quote! {
        #cqrs::command::CommandHandlerInfo {
            name: #name,
            existence: #cqrs::command::Existence::#existence,
            emits: #emits,
            arguments: &[#(#arguments),*],
            location: #location,
        }
    }
}
