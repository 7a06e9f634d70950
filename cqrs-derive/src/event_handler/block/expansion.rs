//! The code of a block of event handlers.

use proc_macro2::{Ident, Literal, TokenStream};
use quote::{ToTokens, format_ident, quote, quote_spanned};
use syn::{ItemImpl, Lifetime, Path, PathArguments, Type, parse_quote, visit_mut::VisitMut};

use crate::{
    fingerprint::fingerprint,
    parts::{at, at_line, enclosed, given, qualified},
    written::written,
};

use super::{
    super::{argument_info, argument_value, fallible},
    events::{declaration, implementation, ways_in},
    processes::{self, correlated, marked},
    tree::{Argument, Block, Handler, Shape},
};

pub(super) fn expand(block: &Block<'_>) -> TokenStream {
    let methods = methods(block.original);
    let (declaration, implementation, ways_in) = (declaration(block), implementation(block), ways_in(block));
    let handlers = event_handlers(
        block,
        &kind(block),
        &block.handlers.iter().enumerate().map(|(index, handler)| info(block, index, handler)).collect(),
    );
    let fold = if block.transaction().is_some() { transactional(block) } else { in_memory(block) };
    let marked = marked(block);
    // Where something is said that only a process manager says, it is asked for that.
    let role = marked.is_none().then(|| role(block));
    let enclosed = enclosed(&quote! { #declaration #implementation #handlers #ways_in #fold #marked #role });
    quote! { #methods #enclosed }
}

/// A block that belongs to nothing would never run.
fn role(block: &Block<'_>) -> TokenStream {
    let subject = block.subject;
    let (span, cqrs) = at(&block.cqrs, subject);
    let assertion = quote_spanned! { span=> #cqrs::__private::assert_role::<#subject, _>() };
    quote! { const _: () = #assertion; }
}

/// The block as the user wrote it. Its signatures are declarations, and not the user's choice alone.
pub(super) fn methods(original: &ItemImpl) -> TokenStream {
    quote! {
        #[allow(clippy::trivially_copy_pass_by_ref, clippy::needless_pass_by_value, clippy::unused_self)]
        #original
    }
}

/// What the methods work on.
pub(super) fn kind(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, .. } = block;
    if block.transaction().is_some() {
        quote! { #cqrs::handler::InTransaction<<#subject as #cqrs::handler::TransactionalHandlers>::Backend> }
    } else {
        quote! { #cqrs::handler::InMemory }
    }
}

/// `impl EventHandlers`.
pub(super) fn event_handlers(
    block: &Block<'_>,
    kind: &TokenStream,
    handlers: &Vec<TokenStream>,
) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let fingerprint = fingerprint(block.original.to_token_stream());
    // After a mistake nothing is known of the events, and nothing is asked.
    let asked = (!handlers.is_empty()).then(|| quote! { const CHECKED: usize = 0 * MEMBERS.len(); });
    quote! {
        impl #cqrs::handler::EventHandlers for #subject {
            type Event = #event;
            type Kind = #kind;
            const HANDLERS: &'static [#cqrs::handler::EventHandlerInfo] = &[#(#handlers),*];
            const FINGERPRINT: u64 = #fingerprint;
            #asked
        }
    }
}

/// The kinds of the event stand in `KINDS`, in the order of the handlers.
fn info(block: &Block<'_>, index: usize, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let (name, event) = (handler.ident().to_string(), known(block, handler));
    let arguments: Vec<_> = handler.extracted().map(|ty| argument_info(cqrs, ty, &event)).collect();
    let taking = if arguments.is_empty() { quote!() } else { quote!(.taking(&[#(#arguments),*])) };
    let (outcome, marks) = (outcome(block, handler), processes::info(block, handler));
    let index = Literal::usize_unsuffixed(index);
    let of = quote!(handler::EventHandlerInfo::of_kinds(#name, KINDS[#index]));
    let new = at_line(cqrs, handler.ident(), &of);
    quote! { #new #taking #outcome #marks }
}

/// The handler's event, as far as all of the block are such.
fn known(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let (known, event) = (&block.known, handler.event);
    quote! { #known<#event> }
}

/// What a handler does to the state, as far as its signature says.
fn outcome(block: &Block<'_>, handler: &Handler<'_>) -> Option<TokenStream> {
    let cqrs = &block.cqrs;
    match (handler.shape(), handler.returned) {
        (Shape::Build, _) => Some(quote!(.building())),
        (Shape::Advance, Some(ty)) if handler.may_end(block.subject) => {
            let (span, cqrs) = at(cqrs, ty);
            let ends = quote!(::core::option::Option<#cqrs::handler::Ended>);
            Some(quote_spanned! { span=> .returning::<#ends>() })
        }
        (Shape::Advance, _) if !handler.ends() => None,
        (Shape::Change | Shape::Advance, Some(ty)) => {
            let ((span, _), change) = (at(cqrs, ty), returned_as(cqrs, ty, "change"));
            Some(quote_spanned! { span=> .returning::<#change>() })
        }
        (Shape::Transaction, Some(ty)) => {
            let fallible = fallible(cqrs, &returned_as(cqrs, ty, "result"));
            Some(quote!(.fallible(#fallible)))
        }
        _ => None,
    }
}

/// The type that a handler returns, as far as `check` holds, where its words do not say so.
fn returned_as(cqrs: &Path, ty: &Type, check: &str) -> TokenStream {
    if is_plain(ty) { ty.to_token_stream() } else { given(cqrs, &ty, check) }
}

/// Whether it is `Ended` or `Result<(), _>` by its words.
fn is_plain(ty: &Type) -> bool {
    let written = written(ty);
    written.ends_with("Ended") || written.starts_with("Result<(),")
}

/// Where a result of the wrong type is shown.
fn result_place(handler: &Handler<'_>) -> TokenStream {
    handler.returned.map_or_else(|| handler.ident().to_token_stream(), ToTokens::to_token_stream)
}

/// `impl Fold`: the `match` for a state in memory.
fn in_memory(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let (initial, correlated) = (initial(block), correlated(block));
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
            #correlated
        }
    }
}

fn initial(block: &Block<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    // A process is started, whatever its type's default is.
    if block.is_marked() || block.handlers.iter().any(|handler| handler.shape() == Shape::Build) {
        return quote! { #cqrs::handler::Lifecycle::Absent };
    }
    let subject = block.subject;
    let start = qualified(cqrs, subject, quote!(handler::StartsFromDefault), "start");
    quote! { #start() }
}

/// What one event does to the state.
fn step(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let name = handler.ident();
    let (step, parameters, this) = match handler.shape() {
        Shape::Build => (quote!(build), quote!(), quote!()),
        Shape::Advance if handler.ends() => (quote!(finish), quote!(this), quote!(this,)),
        Shape::Advance if handler.may_end(block.subject) => (quote!(proceed), quote!(this), quote!(this,)),
        Shape::Advance => (quote!(advance), quote!(this), quote!(this,)),
        Shape::Change | Shape::Transaction | Shape::Unknown => (quote!(change), quote!(this), quote!(this,)),
    };
    let event = known(block, handler);
    let values = handler.extracted().map(|ty| argument_value(&block.cqrs, ty, &event));
    let (names, same): (Vec<_>, Vec<_>) = (0..values.len())
        .map(|index| format_ident!("argument_{index}"))
        .map(|name| (name.clone(), name))
        .unzip();
    let (span, _) = at(&block.cqrs, result_place(handler));
    let returned = returned_by(block, handler);
    let call =
        quote_spanned! { span=> state.#step #returned(|#parameters| Self::#name(#this event #(, #names)*)) };
    if same.is_empty() {
        return call;
    }
    quote! { { #(let #same = #values;)* #call } }
}

/// The type that a handler returns, where it says so and only a trait knows whether it may.
fn returned_by(block: &Block<'_>, handler: &Handler<'_>) -> Option<TokenStream> {
    let (cqrs, ty) = (&block.cqrs, handler.returned?);
    (handler.shape() == Shape::Change && !is_plain(ty)).then(|| {
        let change = given(cqrs, &ty, "change");
        quote! { ::<#change> }
    })
}

/// `impl TransactionalHandlers`: the `match` for rows in a database.
fn transactional(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, event, .. } = block;
    let arms = block.handlers.iter().map(|handler| {
        let (variant, call) = (&handler.variant, transactional_call(block, handler));
        quote! { #event::#variant(event) => #call }
    });
    let calls = quote! { match event { #(#arms),* } };
    let body = if let Some(keyword) = block.asyncness() {
        let handled = handled(cqrs, keyword, "AsynchronousBackend");
        quote! { #handled(async move { #calls }) }
    } else {
        let handled = handled(cqrs, block.transaction(), "SynchronousBackend");
        quote! { #handled(|| #calls) }
    };
    transactional_handlers(block, &body)
}

/// What makes a backend's result of a handler; a backend that is not like this is shown at `place`.
fn handled(cqrs: &Path, place: impl ToTokens, manner: &str) -> TokenStream {
    let (span, cqrs) = at(cqrs, place);
    let manner = Ident::new(manner, span);
    quote_spanned! { span=>
        <<Self as #cqrs::handler::TransactionalHandlers>::Backend as #cqrs::handler::#manner>::handled
    }
}

/// `impl TransactionalHandlers` with this body.
pub(super) fn transactional_handlers(block: &Block<'_>, body: &TokenStream) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    let backend = backend(block);
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::TransactionalHandlers for #subject {
            type Backend = #backend;
            fn handle<'a>(
                event: &'a #event,
                context: &'a #cqrs::handler::EventContext<'a>,
                transaction: &'a mut <Self::Backend as #cqrs::handler::Backend>::Transaction<'_>,
            ) -> <Self::Backend as #cqrs::handler::Backend>::Handled<'a> {
                #body
            }
        }
    }
}

/// The store whose transaction the handlers take. Lifetimes that are left out in a signature must be written in an
/// associated type.
fn backend(block: &Block<'_>) -> TokenStream {
    let transaction = block.transaction().map(|argument| {
        let mut transaction = argument.elem.as_ref().clone();
        AllStatic.visit_type_mut(&mut transaction);
        if let Type::Path(path) = &mut transaction
            && let Some(last) = path.path.segments.last_mut()
            && last.arguments.is_none()
        {
            // The lifetime was forgotten, which has been told: nothing more should be said of it.
            last.arguments = PathArguments::AngleBracketed(parse_quote!(<'static>));
        }
        transaction
    });
    let transaction = transaction.map(|transaction| given(&block.cqrs, &transaction, "transaction"));
    qualified(&block.cqrs, &transaction, quote!(handler::TransactionArgument), "Backend")
}

/// Makes every lifetime of a type `'static`.
struct AllStatic;

impl VisitMut for AllStatic {
    fn visit_lifetime_mut(&mut self, lifetime: &mut Lifetime) {
        lifetime.ident = Ident::new("static", lifetime.ident.span());
    }
}

fn transactional_call(block: &Block<'_>, handler: &Handler<'_>) -> TokenStream {
    let cqrs = &block.cqrs;
    let event = known(block, handler);
    let arguments = handler.arguments.iter().map(|argument| match argument {
        Argument::Extracted(ty) => argument_value(cqrs, ty, &event),
        Argument::Transaction(ty) => Ident::new("transaction", at(cqrs, ty).0).into_token_stream(),
    });
    let name = handler.ident();
    let (span, cqrs) = at(cqrs, result_place(handler));
    let wait = handler.asyncness().map(|_| quote_spanned! { span=> .await });
    let returned = handler.returned.map_or_else(|| quote!(()), |ty| returned_as(&block.cqrs, ty, "result"));
    quote_spanned! { span=>
        <#returned as #cqrs::handler::HandlerResult>::into_result(Self::#name(event #(, #arguments)*) #wait)
    }
}
