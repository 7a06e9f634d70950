//! Rules about a command handler function.

use crate::{
    errors::Errors,
    signature::{check_no_receiver, check_plain},
};

use super::{super::block::returned::check_error, tree::Handler};

pub(super) fn check(handler: &Handler<'_>, errors: &Errors) {
    check_plain(&handler.original.sig, &handler.original.attrs, errors);
    check_no_receiver(&handler.original.sig, "#[command_handler]", errors);
    check_returns(handler, errors);
}

/// What is not returned is not saved.
fn check_returns(handler: &Handler<'_>, errors: &Errors) {
    if let Some(returned) = handler.returned {
        return check_error(returned, errors);
    }
    let message = "a command handler function that returns nothing changes nothing: return the changed `Root`s, or `Result<(), E>` if it only checks";
    errors.at(&handler.original.sig.ident, message);
}
