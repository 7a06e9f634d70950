//! Rules across the attributes of a process manager.

use crate::{errors::Errors, item::refuse_union, owned, serde_form::check_item};

use super::tree::ProcessManager;

pub(super) fn check(manager: &ProcessManager<'_>, errors: &Errors) {
    owned::check(
        manager.original,
        "a process",
        "a process manager cannot be generic, since its name stands for one type",
        errors,
    );
    refuse_union(manager.original, "a process manager", errors);
    check_said(manager, errors);
    check_item(manager.original, errors);
    manager.name.check(errors);
}

/// Whose process it is, and where it starts, there is no default for.
fn check_said(manager: &ProcessManager<'_>, errors: &Errors) {
    let ident = &manager.original.ident;
    match (&manager.id, manager.from_given) {
        _ if !errors.is_empty() => {}
        (None, _) => errors.at(
            ident,
            format!("a process manager needs an id, and says where it starts: write `#[process_manager(id = {ident}Id, from = now)]`"),
        ),
        (_, false) => errors.at(
            ident,
            "a process manager says where it starts: write `from = now`, or `from = start` to have it send commands for all of history",
        ),
        _ => {}
    }
}
