//! The code of a command handler function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::parts::{at, checked, enclosed, registration};

use super::{
    super::{argument_info, argument_value, info, wait},
    tree::Handler,
};

pub(super) fn expand(handler: &Handler<'_>) -> TokenStream {
    let implementation = implementation(handler, &check(handler), &returned(handler), &body(handler));
    let registration = registration(&handler.cqrs, "command", &handler.command);
    let enclosed = enclosed(&quote! { #implementation #registration });
    let function = function(handler);
    quote! { #function #enclosed }
}

/// The function as the user wrote it. That it owns its command is not the user's choice.
pub(super) fn function(handler: &Handler<'_>) -> TokenStream {
    let original = handler.original;
    quote! { #[allow(clippy::needless_pass_by_value)] #original }
}

/// The type that stands for the function, `impl CommandFunction` for it, and `impl HandledCommand`. The command is its
/// parameter, because a type is as visible as its parameters: so it serves public and private commands alike.
pub(super) fn implementation(
    handler: &Handler<'_>,
    check: &TokenStream,
    returned: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let Handler { original, cqrs, ident, command, arguments, .. } = handler;
    let name = &original.sig.ident;
    let documentation = format!("The command handler `{name}`.");
    let arguments: Vec<_> =
        arguments.iter().map(|ty| argument_info(cqrs, ty, &quote!(command::FunctionArgument<'_>))).collect();
    let returning = returning(cqrs, returned);
    let (emits, at_most) = (quote!(#returning.emits), quote!(#returning.at_most));
    let info = info(cqrs, name, &quote!(Either), &emits, &at_most, &arguments);
    let (span, located) = at(cqrs, returned);
    let error =
        quote_spanned! { span=> <[(); CHECK] as #located::__private::FunctionRefusal<#returned>>::Error };
    let (route, checked) = (route(handler, returned, &error), checked());
    let decide = quote_spanned! { span=>
        async fn decide(
            command: #command,
            context: #located::command::CommandContext<'_>,
        ) -> ::core::result::Result<
            ::std::vec::Vec<#located::dispatch::Change>,
            #located::command::HandlerError<Self::Error>,
        > {
            #body
        }
    };
    quote! {
        #[doc = #documentation]
        pub struct #ident<C>(::core::marker::PhantomData<fn(C)>);
        const CHECK: usize = #check;
        #[automatically_derived]
        impl #cqrs::dispatch::CommandFunction for #ident<#command> #checked {
            type Command = #command;
            type Error = #error;
            const HANDLER: #cqrs::command::CommandHandlerInfo = #info;
            #decide
        }
        #route
    }
}

/// `impl HandledCommand`.
fn route(handler: &Handler<'_>, returned: &TokenStream, error: &TokenStream) -> TokenStream {
    let Handler { cqrs, ident, command, .. } = handler;
    let (span, located) = at(cqrs, returned);
    let by = quote_spanned! { span=> #located::dispatch::FunctionHandler<#ident<#command>> };
    let ((span, located), checked) = (at(cqrs, command), checked());
    quote_spanned! { span=>
        #[automatically_derived]
        impl #located::dispatch::HandledCommand for #command #checked {
            type Error = #error;
            type Handler = #by;
        }
    }
}

/// What is asked of the command, of what the function returns and of what it takes, once.
fn check(handler: &Handler<'_>) -> TokenStream {
    let Handler { cqrs, command, arguments, .. } = handler;
    let returned = returned(handler);
    let (span, located) = at(cqrs, &returned);
    let function = quote_spanned! { span=> #located::__private::function::<#command, #returned>() };
    let arguments = arguments.iter().map(|ty| {
        let (span, cqrs) = at(cqrs, ty);
        quote_spanned! { span=> #cqrs::__private::taken_by_function::<#ty>() }
    });
    quote! { #function #(+ #arguments)* }
}

/// What the return type says as changes of aggregates.
fn returning(cqrs: &Path, returned: &TokenStream) -> TokenStream {
    let (span, cqrs) = at(cqrs, returned);
    quote_spanned! { span=> #cqrs::__private::returning::<#returned>() }
}

pub(super) fn returned(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| quote!(()), ToTokens::to_token_stream)
}

fn body(handler: &Handler<'_>) -> TokenStream {
    let name = &handler.original.sig.ident;
    let bound = quote!(command::FunctionArgument<'_>);
    let arguments = handler.arguments.iter().map(|ty| argument_value(&handler.cqrs, ty, &bound));
    let wait = wait(&handler.original.sig);
    let returned = returned(handler);
    let (returning, (span, _)) = (returning(&handler.cqrs, &returned), at(&handler.cqrs, &returned));
    quote_spanned! { span=> #returning.changed(#name(command #(, #arguments)*) #wait) }
}
