//! The code of a block of command handlers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use crate::parts::{at, enclosed, qualified, registration};

use super::{
    super::{argument_value, info, wait},
    tree::{Block, Existence, Handler},
};

pub(super) fn expand(block: &Block<'_>) -> TokenStream {
    let methods = methods(block);
    let handlers = block.handlers.iter().map(|handler| {
        let (decide, handled) = (decide(block, handler, &body(block, handler)), handled(block, handler));
        let registration = registration(&block.cqrs, "command", handler.command);
        enclosed(&quote! { #decide #handled #registration })
    });
    quote! { #methods #(#handlers)* }
}

/// The block as the user wrote it. Its signatures are declarations, and not the user's choice alone.
pub(super) fn methods(block: &Block<'_>) -> TokenStream {
    let original = block.original;
    quote! { #[allow(clippy::needless_pass_by_value, clippy::unused_self)] #original }
}

/// `impl Decide`.
pub(super) fn decide(block: &Block<'_>, handler: &Handler<'_>, body: &TokenStream) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let command = handler.command;
    let (error, emits) = (decision(block, handler, "Error"), decision(block, handler, "EMITS"));
    let (this, existence) = match handler.existence {
        Existence::Absent => (quote!(_), quote!(Absent)),
        Existence::Existing | Existence::Unknown(_) => (quote!(this), quote!(Existing)),
        Existence::Either => (quote!(this), quote!(Either)),
    };
    let context = if handler.arguments.is_empty() { quote!(_) } else { quote!(context) };
    let info = info(cqrs, handler.ident(), &existence, &emits, &handler.arguments);
    let (span, located) = at(cqrs, command);
    let header = quote_spanned! { span=> impl #located::command::Decide<#command> for #subject };
    let (span, located) = at(cqrs, returned(handler));
    let decide = quote_spanned! { span=>
        #[inline]
        async fn decide(
            #this: ::core::option::Option<&Self>,
            command: #command,
            #context: #located::command::CommandContext<'_>,
        ) -> ::core::result::Result<
            ::std::vec::Vec<Self::Event>,
            #located::command::HandlerError<Self::Error>,
        > {
            #body
        }
    };
    quote! {
        #[automatically_derived]
        #header {
            type Error = #error;
            const HANDLER: #cqrs::command::CommandHandlerInfo = #info;
            #decide
        }
    }
}

/// `item` of what the return type says as a decision of the aggregate.
fn decision(block: &Block<'_>, handler: &Handler<'_>, item: &str) -> TokenStream {
    let subject = block.subject;
    let returned = returned(handler);
    qualified(&block.cqrs, &returned, quote!(aggregate::IntoEvents<#subject>), item)
}

fn returned(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| quote!(()), ToTokens::to_token_stream)
}

fn body(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let name = handler.ident();
    let this = match handler.existence {
        Existence::Absent => quote!(),
        Existence::Existing | Existence::Unknown(_) => quote!(#cqrs::__private::existing(this)?,),
        Existence::Either => quote!(this,),
    };
    let arguments = handler.arguments.iter().map(|ty| argument_value(cqrs, ty));
    let wait = wait(&handler.original.sig);
    let (span, cqrs) = at(cqrs, returned(handler));
    quote_spanned! { span=>
        #cqrs::__private::decided::<Self, _>(Self::#name(#this command #(, #arguments)*) #wait)
    }
}

/// `impl HandledCommand`.
pub(super) fn handled(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let command = handler.command;
    let (span, cqrs) = at(cqrs, command);
    quote_spanned! { span=>
        #[automatically_derived]
        impl #cqrs::dispatch::HandledCommand for #command {
            type Handler = #cqrs::dispatch::AggregateHandler<#subject>;
        }
    }
}
