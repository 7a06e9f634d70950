//! The code of a block of event handlers.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, quote, quote_spanned};

use crate::{
    fingerprint::fingerprint,
    parts::{at, enclosed, location, qualified},
};

use super::{
    super::{argument_info, argument_value, fallible},
    events::{declaration, implementation, ways_in},
    tree::{Argument, Block, Handler, Shape},
};

pub(super) fn expand(block: &Block<'_>) -> TokenStream {
    let methods = methods(block);
    let (declaration, implementation, ways_in) = (declaration(block), implementation(block), ways_in(block));
    let handlers =
        event_handlers(block, &block.handlers.iter().map(|handler| info(block, handler)).collect());
    let fold = if block.transaction().is_some() { transactional(block) } else { in_memory(block) };
    let enclosed = enclosed(&quote! { #declaration #implementation #handlers #ways_in #fold });
    quote! { #methods #enclosed }
}

/// The block as the user wrote it. Its signatures are declarations, and not the user's choice alone.
pub(super) fn methods(block: &Block<'_>) -> TokenStream {
    let original = block.original;
    quote! {
        #[allow(clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value, clippy::unused_self)]
        #original
    }
}

/// `impl EventHandlers`.
pub(super) fn event_handlers(block: &Block<'_>, handlers: &Vec<TokenStream>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let fingerprint = fingerprint(block.original.to_token_stream());
    let kind = if block.transaction().is_some() {
        quote! { #cqrs::handler::InTransaction<<#subject as #cqrs::handler::TransactionalHandlers>::Backend> }
    } else {
        quote! { #cqrs::handler::InMemory }
    };
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::EventHandlers for #subject {
            type Event = #event;
            type Kind = #kind;
            const HANDLERS: &'static [#cqrs::handler::EventHandlerInfo] = &[#(#handlers),*];
            const FINGERPRINT: u64 = #fingerprint;
        }
    }
}

fn info(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let (name, event) = (handler.ident().to_string(), handler.event);
    let arguments = handler.arguments.iter().filter_map(|argument| match argument {
        Argument::Extracted(ty) => Some(argument_info(cqrs, ty)),
        Argument::Transaction(_) => None,
    });
    let fallible = match handler.shape() {
        Shape::Change => fallible(cqrs, handler.returned, "Change"),
        Shape::Transaction => fallible(cqrs, handler.returned, "HandlerResult"),
        Shape::Build | Shape::Advance | Shape::Unknown => quote!(false),
    };
    let impure = format!(
        "the event handler `{name}` of `{}` is not pure: an aggregate's event handlers take no services or positions and return no `Result`; decide in the command handler, and put what it learned into the event",
        block.name,
    );
    let location = location(cqrs, handler.ident());
    let kinds = qualified(cqrs, event, quote!(event::Event), "KINDS");
    quote! {
        #cqrs::handler::EventHandlerInfo {
            name: #name,
            events: ::core::option::Option::Some(#kinds),
            arguments: &[#(#arguments),*],
            fallible: #fallible,
            impure: #impure,
            location: #location,
        }
    }
}

/// `impl Fold`: the `match` for a state in memory.
fn in_memory(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let initial = initial(block);
    let arms = block.handlers.iter().map(|handler| {
        let (variant, step) = (&handler.variant, step(block, handler));
        quote! { #event::#variant(event) => #step }
    });
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::Fold for #subject {
            fn initial() -> #cqrs::handler::Lifecycle<Self> { #initial }
            #[inline]
            fn fold(
                state: &mut #cqrs::handler::Lifecycle<Self>,
                event: &#event,
                context: &#cqrs::handler::EventContext<'_>,
            ) -> ::core::result::Result<(), #cqrs::handler::FoldError> {
                match event { #(#arms),* }
            }
        }
    }
}

fn initial(block: &Block<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    if block.handlers.iter().any(|handler| handler.shape() == Shape::Build) {
        return quote! { #cqrs::handler::Lifecycle::Absent };
    }
    let subject = block.subject;
    let start = qualified(cqrs, subject, quote!(handler::StartsFromDefault), "start");
    quote! { #start() }
}

/// Where a result of the wrong type is shown.
fn result_place(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| handler.ident().to_token_stream(), ToTokens::to_token_stream)
}

/// What one event does to the state.
fn step(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Extracted(ty) | Argument::Transaction(ty) => argument_value(cqrs, ty),
    });
    let name = handler.ident();
    let (step, parameters, this) = match handler.shape() {
        Shape::Build => (quote!(build), quote!(), quote!()),
        Shape::Advance => (quote!(advance), quote!(this), quote!(this,)),
        Shape::Change | Shape::Transaction | Shape::Unknown => (quote!(change), quote!(this), quote!(this,)),
    };
    let (span, cqrs) = at(cqrs, result_place(handler));
    quote_spanned! { span=>
        #cqrs::handler::Lifecycle::#step(state, |#parameters| {
            ::core::result::Result::Ok(Self::#name(#this event #(, #arguments)*))
        })
    }
}

/// `impl TransactionalHandlers`: the `match` for rows in a database.
fn transactional(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let backend = backend(block);
    let arms = block.handlers.iter().map(|handler| {
        let (variant, call) = (&handler.variant, transactional_call(block, handler));
        quote! { #event::#variant(event) => #call }
    });
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::TransactionalHandlers for #subject {
            type Backend = #backend;
            fn handle(
                event: &#event,
                context: &#cqrs::handler::EventContext<'_>,
                transaction: &mut <Self::Backend as #cqrs::handler::Backend>::Transaction<'_>,
            ) -> ::core::result::Result<(), #cqrs::handler::BoxError> {
                match event { #(#arms),* }
            }
        }
    }
}

/// The store whose transaction the handlers take. The function type is there because only in one may the lifetimes of
/// the transaction be left out.
pub(super) fn backend(block: &Block<'_>) -> TokenStream {
    let transaction = block.transaction();
    let (span, _) = at(&block.cqrs, transaction);
    let function = quote_spanned! { span=> fn(#transaction) };
    qualified(&block.cqrs, &function, quote!(handler::TransactionArgument), "Backend")
}

fn transactional_call(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Extracted(ty) => argument_value(cqrs, ty),
        Argument::Transaction(ty) => Ident::new("transaction", at(cqrs, ty).0).into_token_stream(),
    });
    let name = handler.ident();
    let (span, cqrs) = at(cqrs, result_place(handler));
    quote_spanned! { span=> #cqrs::handler::HandlerResult::into_result(Self::#name(event #(, #arguments)*)) }
}
