//! Rules across the attributes of a command.

use syn::Data;

use crate::{errors::Errors, item::refuse_union, owned, serde_form::check_item, written::written};

use super::tree::{Command, IdField};

pub(super) fn check(command: &Command<'_>, errors: &Errors) {
    owned::check(
        command.original,
        "a command",
        "a command cannot be generic, since its name stands for one type",
        errors,
    );
    refuse_union(command.original, "a command", errors);
    check_not_enum(command, errors);
    check_one_id(command, errors);
    command.ids.iter().for_each(|id| check_id(id, errors));
    check_item(command.original, errors);
    command.name.check(errors);
    command.aliases.iter().for_each(|alias| alias.check(errors));
}

/// Each command has a handler of its own.
fn check_not_enum(command: &Command<'_>, errors: &Errors) {
    if let Data::Enum(data) = &command.original.data {
        errors.at(data.enum_token, "a command is a struct: write one for each variant");
    }
}

/// The id says which aggregate the command is for.
fn check_one_id(command: &Command<'_>, errors: &Errors) {
    if command.ids.is_empty() && command.fields.is_some() && errors.is_empty() {
        let message =
            "nothing says which aggregate the command is for: put `#[command(id)]` on the field with its id";
        errors.at(&command.original.ident, message);
    }
    for surplus in command.ids.iter().skip(1) {
        let message = "a command is for one aggregate: keep one `#[command(id)]`; several aggregates are changed by a `#[command_handler]` function, which loads the others";
        errors.at(&surplus.key, message);
    }
}

/// One id, always there.
fn check_id(id: &IdField<'_>, errors: &Errors) {
    if let Some((container, inner)) = &id.container {
        let message = format!(
            "a command names one aggregate, by its id: write `{}`, without `{container}`; several aggregates are changed by a `#[command_handler]` function, which loads the others",
            written(inner)
        );
        errors.at(id.ty, message);
    }
}
