//! Rules across the attributes of an aggregate.

use crate::{errors::Errors, item::refuse_union, owned, serde_form::check_item};

use super::tree::Aggregate;

pub(super) fn check(aggregate: &Aggregate<'_>, errors: &Errors) {
    owned::check(
        aggregate.original,
        "an aggregate",
        "an aggregate cannot be generic, since its category stands for one type",
        errors,
    );
    refuse_union(aggregate.original, "an aggregate", errors);
    check_id(aggregate, errors);
    check_item(aggregate.original, errors);
    aggregate.category.check(errors);
}

/// The id's type is what keeps the ids of two aggregates from mixing; there is no default for it.
fn check_id(aggregate: &Aggregate<'_>, errors: &Errors) {
    if aggregate.id.is_none() && errors.is_empty() {
        let ident = &aggregate.original.ident;
        errors.at(ident, format!("an aggregate needs an id: write `#[aggregate(id = {ident}Id)]`"));
    }
}
