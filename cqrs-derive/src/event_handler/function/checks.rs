//! Rules about an event handler function.

use syn::{Type, TypeReference};

use crate::{
    errors::Errors,
    signature::{check_no_receiver, check_plain},
};

use super::tree::Handler;

pub(super) fn check(handler: &Handler<'_>, errors: &Errors) {
    check_plain(&handler.original.sig, &handler.original.attrs, errors);
    check_no_receiver(&handler.original.sig, "#[event_handler]", errors);
    check_from(handler, errors);
    check_no_transaction(handler, errors);
    handler.settings.check(errors);
    handler.name.check(errors);
    handler.aliases.iter().for_each(|alias| alias.check(errors));
}

/// A handler deployed today must not write to everybody in history by accident. Beside another mistake nothing is asked for:
/// it may not be a function at all.
fn check_from(handler: &Handler<'_>, errors: &Errors) {
    if !handler.from_given && errors.is_empty() {
        let message = "say where this event handler starts when it first runs: `#[event_handler(from = start)]` for every event in history, `#[event_handler(from = now)]` for those to come";
        errors.at(&handler.original.sig.ident, message);
    }
}

/// The transaction is that of a projection's checkpoint.
fn check_no_transaction(handler: &Handler<'_>, errors: &Errors) {
    for argument in &handler.arguments {
        if let Type::Reference(TypeReference { mutability: Some(_), .. }) = argument {
            let message = "an event handler function takes no transaction: write to the database in the `#[event_handler]` block of a projection";
            errors.at(argument, message);
        }
    }
}
