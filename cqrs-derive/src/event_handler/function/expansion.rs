//! The code of an event handler function.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use crate::parts::{at, at_line, checked, enclosed, registration};

use super::{
    super::{argument_info, argument_value, fallible},
    attributes::StartFrom,
    tree::Handler,
};

pub(super) fn expand(handler: &Handler<'_>) -> TokenStream {
    let Handler { original, cqrs, ident, .. } = handler;
    let implementation = implementation(handler);
    let registration = registration(cqrs, "event_handler", ident);
    let documentation = format!("The event handler `{}`.", original.sig.ident);
    let enclosed = enclosed(&quote! {
        #[doc = #documentation]
        struct #ident;
        #implementation
        #registration
    });
    quote! {
        #[allow(clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value)]
        #original
        #enclosed
    }
}

fn implementation(handler: &Handler<'_>) -> TokenStream {
    let Handler { original, cqrs, ident, name, aliases, event, .. } = handler;
    let function = &original.sig.ident;
    let from = match handler.from {
        Some(StartFrom::Start) | None => quote!(Start),
        Some(StartFrom::Now) => quote!(Now),
    };
    let (info, call) = (info(handler), call(handler));
    let (check, checked) = (check(handler), checked());
    let (settings, blocking) = (handler.settings.expand(cqrs), original.sig.asyncness.is_none());
    quote! {
        const CHECK: usize = #check;
        #[automatically_derived]
        impl #cqrs::handler::EventHandler for #ident #checked {
            type Event = #event;
            const NAME: &'static str = #name;
            const ALIASES: &'static [&'static str] = &[#(#aliases),*];
            const FROM: #cqrs::handler::StartFrom = #cqrs::handler::StartFrom::#from;
            #settings
            const BLOCKING: bool = #blocking;
            const INFO: #cqrs::handler::EventHandlerInfo = #info;
            fn function() -> ::core::any::TypeId { #cqrs::__private::type_id_of(&#function) }
            fn handle<'a>(
                event: &'a Self::Event,
                context: &'a #cqrs::handler::EventContext<'a>,
            ) -> #cqrs::handler::BoxFuture<'a, ::core::result::Result<(), #cqrs::handler::BoxError>> {
                #call
            }
        }
    }
}

/// What is asked of what the function returns, once.
fn check(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(
        || quote!(0),
        |ty| {
            let (span, cqrs) = at(&handler.cqrs, ty);
            quote_spanned! { span=> #cqrs::__private::result::<#ty>() }
        },
    )
}

fn info(handler: &Handler<'_>) -> TokenStream {
    let Handler { original, cqrs, .. } = handler;
    let name = original.sig.ident.to_string();
    let event = handler.event.into_iter();
    let arguments: Vec<_> =
        event.flat_map(|event| handler.arguments.iter().map(|ty| argument_info(cqrs, ty, event))).collect();
    let fallible = handler.returned.map(|ty| fallible(cqrs, ty)).into_iter();
    let new = quote!(handler::EventHandlerInfo::new(#name, Self::KINDS));
    let new = at_line(cqrs, &original.sig.ident, &new);
    quote! { #new.taking(&[#(#arguments),*]) #(.fallible(#fallible))* }
}

/// The call as a future, whose result and whose being `Send` are the user's to see to.
fn call(handler: &Handler<'_>) -> TokenStream {
    let Handler { original, cqrs, .. } = handler;
    let name = &original.sig.ident;
    let event = handler.event.into_iter();
    let arguments: Vec<_> =
        event.flat_map(|event| handler.arguments.iter().map(|ty| argument_value(cqrs, ty, event))).collect();
    let wait = original.sig.asyncness.map(|_| quote!(.await));
    let place = handler.returned.map_or_else(|| name.to_token_stream(), ToTokens::to_token_stream);
    let (span, located) = at(cqrs, place);
    let result = quote_spanned! { span=>
        #located::handler::HandlerResult::into_result(#name(event #(, #arguments)*) #wait)
    };
    let (span, _) = at(cqrs, name);
    quote_spanned! { span=> ::std::boxed::Box::pin(async move { #result }) }
}
