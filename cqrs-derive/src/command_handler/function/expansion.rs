//! The code of a command handler function.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::parts::{enclosed, located, registration};

use super::{
    super::{argument_value, info, wait},
    tree::Handler,
};

pub(super) fn expand(handler: &Handler<'_>) -> TokenStream {
    let implementation = implementation(handler, &body(handler));
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

/// The type that stands for the function, `impl CommandFunction` for it, and `impl HandledCommand`.
pub(super) fn implementation(handler: &Handler<'_>, body: &TokenStream) -> TokenStream {
    let Handler { original, cqrs, ident, command, arguments, .. } = handler;
    let name = &original.sig.ident;
    let documentation = format!("The command handler `{name}`.");
    let (error, emits) = (decision(handler, "Error"), decision(handler, "EMITS"));
    let info = info(cqrs, name, &quote!(Either), &emits, arguments);
    quote! {
        #[doc = #documentation]
        pub struct #ident;
        #[automatically_derived]
        impl #cqrs::dispatch::CommandFunction for #ident {
            type Command = #command;
            type Error = #error;
            const HANDLER: #cqrs::command::CommandHandlerInfo = #info;
            async fn decide(
                command: #command,
                context: #cqrs::command::CommandContext<'_>,
            ) -> ::core::result::Result<
                ::std::vec::Vec<#cqrs::dispatch::Change>,
                #cqrs::command::HandlerError<Self::Error>,
            > {
                #body
            }
        }
        #[automatically_derived]
        impl #cqrs::dispatch::HandledCommand for #command {
            type Handler = #cqrs::dispatch::FunctionHandler<#ident>;
        }
    }
}

/// `part` of what the return type says as changes of aggregates.
fn decision(handler: &Handler<'_>, part: &str) -> TokenStream {
    let cqrs = &handler.cqrs;
    let part = quote::format_ident!("{part}");
    let returned = handler.returned.map_or_else(|| quote!(()), |ty| quote!(#ty));
    let bound = quote_spanned! { span(handler)=> #cqrs::dispatch::IntoChanges>::#part };
    quote! { <#returned as #bound }
}

fn body(handler: &Handler<'_>) -> TokenStream {
    let cqrs = &handler.cqrs;
    let name = &handler.original.sig.ident;
    let arguments = handler.arguments.iter().map(|ty| argument_value(cqrs, ty));
    let wait = wait(&handler.original.sig);
    let changed = quote_spanned! { span(handler)=> #cqrs::__private::changed };
    quote! { #changed(#name(command #(, #arguments)*) #wait) }
}

/// Where the return type stands.
fn span(handler: &Handler<'_>) -> proc_macro2::Span {
    handler.returned.map_or_else(|| located(&handler.original.sig.ident), located)
}
