//! `#[command_handler]`, on an `impl` block or on a function.

mod attributes;
mod block;
mod function;

use proc_macro2::{Span, TokenStream};
use quote::quote;
use syn::{Ident, Item, PatType, Path, Signature, Type};

use crate::{errors::Errors, parts::qualified, signature::may_be_message, unfinished, written::written};

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
    if let Some(block) = unfinished::block(item.clone()) {
        return block::expand_unfinished(arguments, &block, item);
    }
    match unfinished::function(item.clone()) {
        Some(function) => function::expand_unfinished(arguments, &function, item),
        None => item.clone(),
    }
}

fn refuse(item: &Item) -> TokenStream {
    let message = "`#[command_handler]` belongs on the `impl` block of an aggregate, or on a function";
    let error = syn::Error::new(Span::call_site(), message).into_compile_error();
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
    let taken = match &*argument.ty {
        Type::Reference(reference) => &reference.elem,
        _ => &argument.ty,
    };
    let written = written(taken);
    if !may_be_message(taken) {
        let message = format!(
            "`{written}` is no command: take the struct with `#[derive(Command)]` that has what is needed as its fields; a helper belongs in a plain `impl`"
        );
        errors.at(taken, message);
        return None;
    }
    let Type::Reference(reference) = &*argument.ty else { return Some(taken) };
    errors.at(
        &argument.ty,
        format!("a command handler owns its command, the first argument: write `{written}`, without `&`"),
    );
    Some(&reference.elem)
}

/// What an argument of type `ty` asks for, as a constant; `bound` is the trait of what may be asked for here.
fn argument_info(cqrs: &Path, ty: &Type, bound: &TokenStream) -> TokenStream {
    qualified(cqrs, ty, bound.clone(), "INFO")
}

/// The value of an argument.
fn argument_value(cqrs: &Path, ty: &Type, bound: &TokenStream) -> TokenStream {
    let extract = qualified(cqrs, ty, bound.clone(), "extract");
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
    roots: &TokenStream,
    arguments: &[TokenStream],
) -> TokenStream {
    let location = crate::parts::location(cqrs, name);
    let name = name.to_string();
    quote! {
        #cqrs::command::CommandHandlerInfo {
            name: #name,
            existence: #cqrs::command::Existence::#existence,
            emits: #emits,
            roots: #roots,
            arguments: &[#(#arguments),*],
            location: #location,
        }
    }
}
