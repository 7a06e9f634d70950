//! The code of a block of event handlers.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote, quote_spanned};

use crate::{
    fingerprint::fingerprint,
    parts::{enclosed, located, location},
};

use super::{
    super::{argument_info, argument_value},
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

/// The block as the user wrote it. That a handler reads its event by reference is not the user's choice.
pub(super) fn methods(block: &Block<'_>) -> TokenStream {
    let original = block.original;
    quote! {
        #[allow(clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value)]
        #original
    }
}

/// `impl EventHandlers`.
pub(super) fn event_handlers(block: &Block<'_>, handlers: &Vec<TokenStream>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let fingerprint = fingerprint(block.original.to_token_stream());
    let kind = match block.transaction() {
        None => quote! { #cqrs::handler::InMemory },
        Some(_) => quote! {
            #cqrs::handler::InTransaction<<#subject as #cqrs::handler::TransactionalHandlers>::Backend>
        },
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
    let fallible = fallible(block, handler);
    let impure = format!(
        "the event handler `{name}` of `{}` is not pure: an aggregate's event handlers take no services or positions and return no `Result`; decide in the command handler, and put what it learned into the event",
        block.name,
    );
    let location = location(cqrs, handler.ident());
    quote! {
        #cqrs::handler::EventHandlerInfo {
            name: #name,
            events: ::core::option::Option::Some(<#event as #cqrs::event::Event>::KINDS),
            arguments: &[#(#arguments),*],
            fallible: #fallible,
            impure: #impure,
            location: #location,
        }
    }
}

/// Whether the handler may fail, which its return type tells.
fn fallible(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let bound = match handler.shape() {
        Shape::Change => quote!(Change),
        Shape::Transaction => quote!(HandlerResult),
        Shape::Build | Shape::Advance | Shape::Unknown => return quote!(false),
    };
    handler.returned.map_or_else(
        || quote!(false),
        |ty| {
            let fallible = quote_spanned! { located(ty)=> #cqrs::handler::#bound>::FALLIBLE };
            quote! { <#ty as #fallible }
        },
    )
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
    let start = quote_spanned! { located(subject)=> #cqrs::handler::StartsFromDefault>::start() };
    quote! { <#subject as #start }
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
    let span = handler.returned.map_or_else(|| located(name), located);
    let step = quote_spanned! { span=> #cqrs::handler::Lifecycle::#step };
    quote! {
        #step(state, |#parameters| ::core::result::Result::Ok(Self::#name(#this event #(, #arguments)*)))
    }
}

/// `impl TransactionalHandlers`: the `match` for rows in a database.
fn transactional(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let transaction = block.transaction();
    let backend = quote_spanned! { located(transaction)=> #cqrs::handler::TransactionArgument>::Backend };
    let arms = block.handlers.iter().map(|handler| {
        let (variant, call) = (&handler.variant, transactional_call(block, handler));
        quote! { #event::#variant(event) => #call }
    });
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::TransactionalHandlers for #subject {
            type Backend = <fn(#transaction) as #backend;
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

fn transactional_call(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Extracted(ty) => argument_value(cqrs, ty),
        Argument::Transaction(ty) => quote_spanned! { located(ty)=> transaction },
    });
    let name = handler.ident();
    let span = handler.returned.map_or_else(|| located(name), located);
    let result = quote_spanned! { span=> #cqrs::handler::HandlerResult::into_result };
    quote! { #result(Self::#name(event #(, #arguments)*)) }
}
