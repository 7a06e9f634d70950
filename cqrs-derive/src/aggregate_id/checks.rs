//! Rules about an id type.

use crate::{errors::Errors, owned};

use super::tree::AggregateId;

pub(super) fn check(id: &AggregateId<'_>, errors: &Errors) {
    owned::check(
        id.original,
        "an id",
        "an id cannot be generic, since it belongs to one kind of aggregate",
        errors,
    );
    check_one_field(id, errors);
}

/// The text form of the one field is the key of the stream.
fn check_one_field(id: &AggregateId<'_>, errors: &Errors) {
    if id.fields.len() != 1 {
        let ident = &id.original.ident;
        let message = format!(
            "an id is a struct with one field: write `struct {ident}(Uuid);`, or implement `Display`, `FromStr` and `AggregateId` by hand"
        );
        errors.at(ident, message);
    }
}
