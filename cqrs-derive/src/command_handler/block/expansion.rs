//! The code of a block of command handlers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use crate::parts::{at, enclosed, location, registrations};

use super::{
    super::{argument_info, argument_value, wait},
    tree::{Block, Existence, Handler},
};

pub(super) fn expand(block: &Block<'_>) -> TokenStream {
    let methods = methods(block);
    let handlers = block.handlers.iter().map(|handler| {
        let (method, handled) = (method(block, handler, &body(block, handler)), handled(block, handler));
        quote! { #method #handled }
    });
    let commands = block.handlers.iter().map(|handler| handler.command);
    let entries: Vec<_> = commands.map(|command| quote! { registry.command::<#command>() }).collect();
    let registrations = registrations(&block.cqrs, &entries);
    let enclosed = enclosed(&quote! { #(#handlers)* #registrations });
    quote! { #methods #enclosed }
}

/// The block as the user wrote it. Its signatures are declarations, and not the user's choice alone.
pub(super) fn methods(block: &Block<'_>) -> TokenStream {
    let original = block.original;
    quote! { #[allow(clippy::needless_pass_by_value, clippy::unused_self)] #original }
}

/// `impl CommandMethod`: the signature and the call.
pub(super) fn method(block: &Block<'_>, handler: &Handler<'_>, body: &TokenStream) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let (command, returned, name) = (handler.command, returned(handler), handler.ident().to_string());
    let location = location(cqrs, handler.ident());
    let (this, existence) = match handler.existence {
        Existence::Absent => (quote!(_), quote!(Absent)),
        Existence::Existing | Existence::Unknown(_) => (quote!(this), quote!(Existing)),
        Existence::Either => (quote!(this), quote!(Either)),
    };
    let context = if handler.arguments.is_empty() { quote!(_) } else { quote!(context) };
    let arguments = arguments(block, handler);
    let (span, located) = at(cqrs, command);
    let header = quote_spanned! { span=> impl #located::command::CommandMethod<#command> for #subject };
    let (span, located) = at(cqrs, &returned);
    let call = quote_spanned! { span=>
        async fn call(
            #this: ::core::option::Option<&Self>,
            command: #command,
            #context: #located::command::CommandContext<'_>,
        ) -> ::core::result::Result<Self::Decision, #located::command::NotCalled> {
            #body
        }
    };
    quote! {
        #[automatically_derived]
        #header {
            type Decision = #returned;
            const NAME: &'static str = #name;
            const EXISTENCE: #cqrs::command::Existence = #cqrs::command::Existence::#existence;
            #arguments
            const LOCATION: #cqrs::Location = #location;
            #call
        }
    }
}

fn arguments(block: &Block<'_>, handler: &Handler<'_>) -> Option<TokenStream> {
    let cqrs = &block.cqrs;
    let arguments = handler.arguments.iter().map(|ty| argument_info(cqrs, ty));
    let constant = quote! {
        const ARGUMENTS: &'static [#cqrs::handler::ArgumentInfo] = &[#(#arguments),*];
    };
    (!handler.arguments.is_empty()).then_some(constant)
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
    quote! { ::core::result::Result::Ok(Self::#name(#this command #(, #arguments)*) #wait) }
}

/// `impl HandledCommand`.
pub(super) fn handled(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let command = handler.command;
    let (span, cqrs) = at(cqrs, command);
    quote_spanned! { span=>
        impl #cqrs::dispatch::HandledCommand for #command {
            type Handler = #cqrs::dispatch::AggregateHandler<#subject>;
        }
    }
}
