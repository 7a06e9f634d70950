//! Rules about a block of event handlers: every combination that means nothing is refused, with what to write.

use syn::{ImplItem, PathArguments, Type};

use crate::{
    errors::Errors,
    item::{is_foreign, refuse_generics, same},
    signature::{check_plain, typed_arguments},
    written::written,
};

use super::tree::{Argument, Block, Handler, Shape, is_outbox, is_state};

pub(super) fn check(block: &Block<'_>, errors: &Errors) {
    check_header(block, errors);
    check_only_methods(block, errors);
    check_distinct_events(block, errors);
    check_one_kind(block, errors);
    for item in &block.original.items {
        if let ImplItem::Fn(method) = item {
            check_plain(&method.sig, &method.attrs, errors);
            check_not_async(method, errors);
        }
    }
    for handler in &block.handlers {
        check_transaction(handler, errors);
        check_shape(block, handler, errors);
        check_outbox(block, handler, errors);
    }
}

fn check_header(block: &Block<'_>, errors: &Errors) {
    let reason = "event handlers are for one type, not for a generic one";
    refuse_generics(&block.original.generics, reason, errors);
    if let Some((path, _)) = &block.original.trait_ {
        let name = &block.name;
        errors
            .at(path, format!("event handlers are methods of the type itself: write `impl {name} {{ .. }}`"));
    }
    match block.subject {
        subject if is_foreign(block.original) => errors.at(
            subject,
            "event handlers are for a type of your own: write `#[derive(Aggregate)] struct Account { .. }`, and `impl Account { .. }` here",
        ),
        Type::Path(path) => {
            for segment in &path.path.segments {
                if !matches!(segment.arguments, PathArguments::None) {
                    errors.at(&segment.arguments, format!("{reason}: write `impl {}`", segment.ident));
                }
            }
        }
        other => errors.at(other, "event handlers are for a type with a name: write `impl Account { .. }`"),
    }
}

fn check_only_methods(block: &Block<'_>, errors: &Errors) {
    for item in &block.surplus {
        let name = &block.name;
        let message =
            format!("every item of this block is an event handler: move others to a plain `impl {name}`");
        errors.at(item, message);
    }
    if block.original.items.is_empty() {
        let message = "this block handles no event: add `fn name(&mut self, event: &Event)`";
        errors.at(block.subject, message);
    }
}

/// The `match` has one arm for each event.
fn check_distinct_events(block: &Block<'_>, errors: &Errors) {
    for (index, handler) in block.handlers.iter().enumerate() {
        let earlier = block.handlers.iter().take(index).find(|other| same(&other.event, &handler.event));
        if let Some(earlier) = earlier {
            let message = format!(
                "`{}` already handles `{}`: merge the two, or move what they share to a plain `impl`",
                earlier.ident(),
                written(&handler.event),
            );
            errors.at(handler.event, message);
        }
    }
}

/// A state in memory and rows in a database are rebuilt in different ways.
fn check_one_kind(block: &Block<'_>, errors: &Errors) {
    if block.transaction().is_none() {
        return;
    }
    let (with, without): (Vec<_>, Vec<_>) =
        block.handlers.iter().partition(|handler| handler.transaction().is_some());
    let rule = "in one block either every event handler takes a transaction or none does";
    if with.len() < without.len() {
        let message = format!("{rule}: leave it out here, or split the type in two");
        for handler in with {
            errors.at(handler.transaction(), &message);
        }
    } else {
        let message = format!("{rule}: add it here, or split the type in two");
        for handler in without {
            errors.at(handler.ident(), &message);
        }
    }
}

/// What is handled in a transaction may wait; the compiler knows which stores do.
fn check_not_async(method: &syn::ImplItemFn, errors: &Errors) {
    let transactional = typed_arguments(&method.sig)
        .any(|argument| matches!(Argument::read(argument), Argument::Transaction(_)));
    if let (Some(keyword), false) = (&method.sig.asyncness, transactional) {
        let message = "an event handler that builds or changes a state does not wait: leave `async` out; what waits is a function with `#[event_handler(from = ..)]`";
        errors.at(keyword, message);
    }
}

fn check_transaction(handler: &Handler<'_>, errors: &Errors) {
    let mut transactions = handler.arguments.iter().filter_map(|argument| match argument {
        Argument::Transaction(ty) => Some(*ty),
        Argument::Extracted(_) => None,
    });
    let Some(transaction) = transactions.next() else { return };
    if !has_arguments(&transaction.elem) {
        errors.at(
            transaction,
            "what an event handler takes as `&mut` is a transaction, written with its lifetime: `&mut SqliteTransaction<'_>` or `&mut PgTransaction<'_>`; anything else comes in as `Inject<Service>`",
        );
    }
    for second in transactions {
        errors.at(second, "an event handler takes one transaction: leave this one out");
    }
    if let Some(attribute) = handler.marks.attribute() {
        errors.at(
            attribute,
            "a process manager keeps its state in its steps, and writes in no transaction: leave the transaction out, or this attribute",
        );
    }
    if let Some(receiver) = handler.receiver {
        errors.at(
            receiver,
            "an event handler with a transaction keeps its state in the database: leave the receiver out",
        );
    }
}

/// What is sent is sent by the process at hand.
fn check_outbox(block: &Block<'_>, handler: &Handler<'_>, errors: &Errors) {
    for ty in handler.extracted() {
        if matches!(ty, Type::Reference(reference) if is_outbox(&reference.elem)) {
            errors.at(ty, "an outbox is handed over, and not lent: write `mut outbox: Outbox<'_, Self>`");
        }
        let Type::Path(path) = ty else { continue };
        let Some(last) = path.path.segments.last().filter(|last| last.ident == "Outbox") else { continue };
        let of_subject = match &last.arguments {
            PathArguments::AngleBracketed(arguments) => {
                arguments.args.iter().any(|argument| is_subject(block, argument))
            }
            _ => false,
        };
        if !of_subject {
            errors.at(ty, "an outbox is that of the process at hand: write `Outbox<'_, Self>`");
        }
    }
}

fn is_subject(block: &Block<'_>, argument: &syn::GenericArgument) -> bool {
    matches!(argument, syn::GenericArgument::Type(ty) if is_self(block, ty))
}

/// `Transaction<'_>`, but not `Transaction`.
fn has_arguments(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => path.path.segments.iter().any(|segment| !segment.arguments.is_none()),
        _ => true,
    }
}

fn check_shape(block: &Block<'_>, handler: &Handler<'_>, errors: &Errors) {
    let returns_self = handler.returned.is_some_and(|ty| is_self(block, ty));
    let event = written(&handler.event);
    let name = handler.ident();
    match handler.shape() {
        Shape::Build => check_builder(block, handler, returns_self, errors),
        Shape::Change if returns_self => errors.at(
            handler.returned,
            "with `&mut self` there is nothing to return: leave `-> Self` out, or take `self` to move the state on",
        ),
        Shape::Change if handler.may_end(block.subject) => errors.at(
            handler.returned,
            "with `&mut self` there is no state to return: return `Option<Ended>`, or take `self` to move the state on",
        ),
        Shape::Advance if !returns_self && !handler.ends() && !handler.may_end(block.subject) => errors.at(
            handler.receiver,
            "an event handler that takes `self` moves the state on: return `Self`, or `Option<Self>` if it may end, or take `&mut self` to change it",
        ),
        Shape::Unknown => errors.at(
            handler.receiver,
            format!("an event handler changes the state: write `fn {name}(&mut self, event: &{event})`"),
        ),
        Shape::Change | Shape::Advance | Shape::Transaction => {}
    }
}

/// Without a receiver there is no state yet.
fn check_builder(block: &Block<'_>, handler: &Handler<'_>, returns_self: bool, errors: &Errors) {
    let (name, event) = (handler.ident(), written(&handler.event));
    match handler.returned {
        _ if returns_self || block.transaction().is_some() => {}
        Some(ty) if wraps_self(block, ty) => errors.at(
            ty,
            "an event has happened and cannot be refused: return `Self`; whether it may happen is decided by the command handler",
        ),
        _ => errors.at(
            name,
            format!("without a receiver an event handler builds the state: write `fn {name}(event: &{event}) -> Self` to build it, or `fn {name}(&mut self, event: &{event})` to change it"),
        ),
    }
}

fn is_self(block: &Block<'_>, ty: &Type) -> bool {
    is_state(ty, block.subject)
}

/// `Result<Self, _>`, `Option<Self>`.
fn wraps_self(block: &Block<'_>, ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.iter().any(|segment| match &segment.arguments {
        PathArguments::AngleBracketed(arguments) => arguments.args.iter().any(|argument| match argument {
            syn::GenericArgument::Type(inner) => is_self(block, inner),
            _ => false,
        }),
        PathArguments::None | PathArguments::Parenthesized(_) => false,
    })
}
