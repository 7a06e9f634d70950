//! What a block writes beside the fold where its events look for a process, or are timers.

use proc_macro2::{Ident, TokenStream};
use quote::{quote, quote_spanned};
use syn::{Expr, Pat, Type};

use crate::{
    names::unused,
    parts::{at, qualified, shown_at},
    signature::typed_arguments,
};

use super::{
    events::distinct,
    marks::Correlation,
    tree::{Block, Handler},
};

/// What follows the name of a handler in the list of all.
pub(super) fn info(block: &Block<'_>, handler: &Handler<'_>) -> Option<TokenStream> {
    let cqrs = &block.cqrs;
    let how = match handler.marks.correlation() {
        Some(Correlation::Value(_)) => quote!(Value),
        Some(Correlation::Stream) => quote!(Stream),
        Some(Correlation::Cause) => quote!(Cause),
        None if handler.marks.is_timer() => quote!(Timer),
        None => return None,
    };
    Some(quote! { .correlated(#cqrs::handler::Correlation::#how) })
}

/// What only a process manager may say, where something is said.
pub(super) fn marked(block: &Block<'_>) -> Option<TokenStream> {
    let first = block.handlers.iter().find_map(|handler| handler.marks.attribute())?.path();
    let Block { cqrs, subject, .. } = block;
    let ((span, located), shown) = (at(cqrs, first), shown_at(subject, first));
    let check = quote_spanned! { span=> #located::__private::marked::<#shown>() };
    let process = process(block);
    let timers = timers(block);
    let keyed = keyed(block, &process);
    Some(quote! {
        const MARKED: usize = #check;
        type #process = <[(); MARKED] as #cqrs::__private::Given<#subject>>::Type;
        #(#timers)*
        #(#keyed)*
    })
}

/// What the type is called as far as it is a process manager.
fn process(block: &Block<'_>) -> Ident {
    unused("Process", &quote::ToTokens::to_token_stream(block.original))
}

/// Makes the events of the methods with `#[timer]` what can be scheduled.
pub(super) fn timers<'b>(block: &'b Block<'_>) -> impl Iterator<Item = TokenStream> + 'b {
    let Block { cqrs, subject, .. } = block;
    distinct(block).into_iter().filter(|handler| handler.marks.is_timer()).map(move |handler| {
        let event = handler.event;
        quote! {
            #[automatically_derived]
            impl #cqrs::process::TimerOf<#subject> for #event {}
        }
    })
}

/// Where a handler that is found by the stream takes the id of an aggregate, its streams are known.
fn keyed<'b>(block: &'b Block<'_>, process: &'b Ident) -> impl Iterator<Item = TokenStream> + 'b {
    let by_stream = |handler: &&Handler<'_>| matches!(handler.marks.correlation(), Some(Correlation::Stream));
    block.handlers.iter().filter(by_stream).flat_map(Handler::extracted).filter(|ty| is_id(ty)).map(
        move |ty| {
            let assertion = qualified(&block.cqrs, ty, quote!(__private::KeyedBy<#process>), "KEYED");
            quote! { const _: () = #assertion; }
        },
    )
}

fn is_id(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Id"))
}

/// The method of the fold that says which process an event is for, by the expressions of its handlers.
pub(super) fn correlated(block: &Block<'_>) -> Option<TokenStream> {
    let is_value = |handler: &Handler<'_>| matches!(handler.marks.correlation(), Some(Correlation::Value(_)));
    if !block.handlers.iter().any(is_value) {
        return None;
    }
    let (event, process) = (&block.event, process(block));
    let arms = block.handlers.iter().map(|handler| {
        let variant = &handler.variant;
        if let Some(Correlation::Value(value)) = handler.marks.correlation() {
            let (pattern, key) = key(block, handler, &process, value);
            quote! { #event::#variant(#pattern) => #key }
        } else {
            quote! { #event::#variant(_) => ::core::option::Option::None }
        }
    });
    Some(quote! {
        fn correlated(event: &#event) -> ::core::option::Option<::std::string::String> {
            match event { #(#arms),* }
        }
    })
}

/// The expression, in which the event has the name that the handler gives it.
fn key(
    block: &Block<'_>,
    handler: &Handler<'_>,
    process: &Ident,
    value: &Expr,
) -> (TokenStream, TokenStream) {
    let (span, cqrs) = at(&block.cqrs, value);
    let value =
        if matches!(value, Expr::Reference(_)) { quote!(#value) } else { quote_spanned!(span=> &(#value)) };
    let key = quote_spanned! { span=> #cqrs::__private::key::<#process, _>(#value) };
    let ty = handler.event;
    let argument = typed_arguments(&handler.original.sig).map(|argument| &*argument.pat);
    match argument.into_iter().next() {
        Some(Pat::Ident(name)) => {
            let name = &name.ident;
            (quote!(#name), key)
        }
        Some(pattern) => {
            (quote!(event), quote! { { #[allow(unused_variables)] let #pattern: &#ty = event; #key } })
        }
        None => (quote!(_), key),
    }
}
