//! Rules about a block of command handlers.

use syn::{ImplItem, PathArguments, Receiver, ReceiverKind, Type};

use crate::{
    errors::Errors,
    item::{is_foreign, refuse_generics, same},
    signature::check_plain,
    written::written,
};

use super::returned;
use super::tree::{Block, Existence, Handler};

pub(super) fn check(block: &Block<'_>, errors: &Errors) {
    check_header(block, errors);
    check_only_methods(block, errors);
    check_distinct_commands(block, errors);
    for item in &block.original.items {
        if let ImplItem::Fn(method) = item {
            check_plain(&method.sig, &method.attrs, errors);
        }
    }
    for handler in &block.handlers {
        match handler.existence {
            // One mistake: the method would be the change.
            Existence::Unknown(_) if returned::is_state(handler, block.subject) => {}
            Existence::Unknown(receiver) => check_receiver(handler, receiver, errors),
            Existence::Absent | Existence::Existing | Existence::Either => {}
        }
        check_returns(handler, errors);
        returned::check(handler, block.subject, errors);
    }
}

fn check_header(block: &Block<'_>, errors: &Errors) {
    let reason = "command handlers are for one type, not for a generic one";
    refuse_generics(&block.original.generics, reason, errors);
    if let Some((path, _)) = &block.original.trait_ {
        let subject = written(&block.subject);
        errors.at(
            path,
            format!("command handlers are methods of the aggregate itself: write `impl {subject} {{ .. }}`"),
        );
    }
    match block.subject {
        subject if is_foreign(block.original) => errors.at(
            subject,
            "command handlers are for an aggregate of your own: write `#[derive(Aggregate)] struct Account { .. }`, and `impl Account { .. }` here",
        ),
        Type::Path(path) => {
            for segment in &path.path.segments {
                if !matches!(segment.arguments, PathArguments::None) {
                    errors.at(&segment.arguments, format!("{reason}: write `impl {}`", segment.ident));
                }
            }
        }
        other => errors.at(other, "command handlers are for an aggregate: write `impl Account { .. }`"),
    }
}

fn check_only_methods(block: &Block<'_>, errors: &Errors) {
    let subject = written(&block.subject);
    for item in &block.surplus {
        let message =
            format!("every item of this block is a command handler: move others to a plain `impl {subject}`");
        errors.at(item, message);
    }
    if block.original.items.is_empty() {
        errors.at(
            block.subject,
            "this block handles no command: add `fn name(&self, command: Command) -> Event`",
        );
    }
}

/// Each command is decided in one place.
fn check_distinct_commands(block: &Block<'_>, errors: &Errors) {
    for (index, handler) in block.handlers.iter().enumerate() {
        let earlier = block.handlers.iter().take(index).find(|other| same(&other.command, &handler.command));
        if let Some(earlier) = earlier {
            let message = format!(
                "`{}` already handles `{}`: keep one of the two",
                earlier.ident(),
                written(&handler.command),
            );
            errors.at(handler.command, message);
        }
    }
}

fn check_receiver(handler: &Handler<'_>, receiver: &Receiver, errors: &Errors) {
    let message = match &receiver.kind {
        // A lifetime that the method declares is told where it is declared.
        ReceiverKind::Reference(_, Some(_), None) if !handler.original.sig.generics.params.is_empty() => {
            return;
        }
        ReceiverKind::Reference(_, _, Some(_)) => {
            "a command handler decides and changes nothing: take `&self`, return the event, and change the state in its event handler"
        }
        _ => {
            "a command handler only looks at the aggregate: take `&self` if it must exist, nothing if it must not, or `this: Option<&Self>` for either"
        }
    };
    errors.at(receiver, message);
}

/// `()` may be written out, but is rarely meant.
fn check_returns(handler: &Handler<'_>, errors: &Errors) {
    if handler.returned.is_none() {
        let message = "a command handler that returns nothing decides nothing: return the event it leads to, or `Result<(), E>` if it only checks";
        errors.at(handler.ident(), message);
    }
}
