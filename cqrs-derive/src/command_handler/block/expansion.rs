//! The code of a block of command handlers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};
use syn::ItemImpl;

use crate::{
    parts::{at, enclosed, location},
    written::written,
};

use super::{
    super::wait,
    tree::{Block, Existence, Handler},
};

pub(super) fn expand(block: &Block<'_>) -> TokenStream {
    let methods = methods(block.original);
    let handlers = block.handlers.iter().map(|handler| {
        let method = method(block, handler, &returned(handler), &body(block, handler));
        let handled = handled(block, handler, &returned(handler), None);
        let assertion = assertion(block, handler);
        quote! { #method #assertion #handled }
    });
    let commands = block.handlers.iter().map(|handler| handler.command);
    let (span, cqrs) = at(&block.cqrs, block.subject);
    let commands = quote_spanned! { span=> #cqrs::__private::commands! { #(#commands),* } };
    let aggregate = aggregate(block);
    let enclosed = enclosed(&quote! { #aggregate #(#handlers)* #commands });
    quote! { #methods #enclosed }
}

/// What is asked of the type, once; and the type as far as that holds.
fn aggregate(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, checked, .. } = block;
    let (span, located) = at(cqrs, subject);
    let aggregate = quote_spanned! { span=> #located::__private::aggregate::<#subject>() };
    quote! {
        const AGGREGATE: usize = #aggregate;
        type #checked = <[(); AGGREGATE] as #cqrs::__private::Given<#subject>>::Type;
    }
}

/// The block as the user wrote it. Its signatures are declarations, and not the user's choice alone.
pub(super) fn methods(original: &ItemImpl) -> TokenStream {
    quote! { #[allow(clippy::needless_pass_by_value, clippy::unused_self)] #original }
}

/// `impl CommandMethod`: the signature, with what it returns, and the call.
pub(super) fn method(
    block: &Block<'_>,
    handler: &Handler<'_>,
    returned: &TokenStream,
    body: &TokenStream,
) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let (command, name) = (handler.command, handler.ident().to_string());
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
    let (span, located) = at(cqrs, returned);
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

/// Whether what the method returns can follow on what its receiver says.
fn assertion(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let (command, name) = (handler.command, written(subject));
    let (span, cqrs) = at(cqrs, returned(handler));
    let call = quote_spanned! { span=> #cqrs::__private::decides::<#command>(#name) };
    quote! { const _: () = #call; }
}

fn arguments(block: &Block<'_>, handler: &Handler<'_>) -> Option<TokenStream> {
    let cqrs = &block.cqrs;
    let subject = block.subject;
    let arguments = handler.arguments.iter().map(|ty| {
        let (span, cqrs) = at(cqrs, ty);
        quote_spanned! { span=> #cqrs::__private::taken::<#ty, #subject>().info }
    });
    let constant = quote! {
        const ARGUMENTS: &'static [#cqrs::handler::ArgumentInfo] = &[#(#arguments),*];
    };
    (!handler.arguments.is_empty()).then_some(constant)
}

pub(super) fn returned(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| quote!(()), ToTokens::to_token_stream)
}

fn body(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    let name = handler.ident();
    let this = match handler.existence {
        Existence::Absent => quote!(),
        Existence::Existing | Existence::Unknown(_) => quote!(#cqrs::__private::existing(this)?,),
        Existence::Either => quote!(this,),
    };
    let arguments = handler.arguments.iter().map(|ty| {
        let (span, cqrs) = at(cqrs, ty);
        quote_spanned! { span=> #cqrs::__private::taken::<#ty, #subject>().from(context)? }
    });
    let wait = wait(&handler.original.sig);
    quote! { ::core::result::Result::Ok(Self::#name(#this command #(, #arguments)*) #wait) }
}

/// `impl HandledCommand`. That what is returned is a decision of the aggregate is asked here, and shown there.
pub(super) fn handled(
    block: &Block<'_>,
    handler: &Handler<'_>,
    returned: &TokenStream,
    checked: Option<&TokenStream>,
) -> TokenStream {
    let Block { cqrs, checked: state, .. } = block;
    let command = handler.command;
    let (span, located) = at(cqrs, returned);
    let error = quote_spanned! { span=> #located::__private::ErrorOf<#state, #command> };
    let handler = quote_spanned! { span=> #located::dispatch::AggregateHandler<#state> };
    let (span, cqrs) = at(cqrs, command);
    quote_spanned! { span=>
        impl #cqrs::dispatch::HandledCommand for #command #checked {
            type Error = #error;
            type Handler = #handler;
        }
    }
}
