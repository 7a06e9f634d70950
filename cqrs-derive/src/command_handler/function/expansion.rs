//! The code of a command handler function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::Path;

use crate::parts::{at, enclosed, qualified, registration};

use super::{
    super::{argument_info, argument_value, info, wait},
    tree::Handler,
};

pub(super) fn expand(handler: &Handler<'_>) -> TokenStream {
    let implementation = implementation(handler, &returned(handler), &body(handler));
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
    returned: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let Handler { original, cqrs, ident, command, arguments, .. } = handler;
    let name = &original.sig.ident;
    let documentation = format!("The command handler `{name}`.");
    let error = qualified(cqrs, returned, quote!(aggregate::Decision), "Error");
    let arguments: Vec<_> =
        arguments.iter().map(|ty| argument_info(cqrs, ty, &quote!(command::FunctionArgument<'_>))).collect();
    let info =
        info(cqrs, name, &quote!(Either), &quote!(RETURNING.emits), &quote!(RETURNING.at_most), &arguments);
    let route = route(handler, returned, &error);
    let returning = returning(cqrs, returned);
    let (span, located) = at(cqrs, returned);
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
        const RETURNING: #cqrs::dispatch::Returning<#returned, #error> = #returning;
        #[automatically_derived]
        impl #cqrs::dispatch::CommandFunction for #ident<#command> {
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
    let (span, located) = at(cqrs, command);
    quote_spanned! { span=>
        #[automatically_derived]
        impl #located::dispatch::HandledCommand for #command {
            type Error = #error;
            type Handler = #by;
        }
    }
}

/// What the return type says as changes of aggregates; where it says nothing, the user sees it there.
fn returning(cqrs: &Path, returned: &TokenStream) -> TokenStream {
    let (span, cqrs) = at(cqrs, returned);
    quote_spanned! { span=> #cqrs::dispatch::Returning::of_type() }
}

pub(super) fn returned(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| quote!(()), ToTokens::to_token_stream)
}

fn body(handler: &Handler<'_>) -> TokenStream {
    let name = &handler.original.sig.ident;
    let bound = quote!(command::FunctionArgument<'_>);
    let arguments = handler.arguments.iter().map(|ty| argument_value(&handler.cqrs, ty, &bound));
    let wait = wait(&handler.original.sig);
    let (span, _) = at(&handler.cqrs, returned(handler));
    quote_spanned! { span=> RETURNING.changed(#name(command #(, #arguments)*) #wait) }
}
