//! Rules across the attributes of a projection.

use crate::{
    errors::Errors,
    item::{refuse_generics, refuse_union},
};

use super::tree::Projection;

pub(super) fn check(projection: &Projection<'_>, errors: &Errors) {
    let generics = &projection.original.generics;
    refuse_generics(generics, "a projection cannot be generic, since its name stands for one type", errors);
    refuse_union(projection.original, "a projection", errors);
    projection.name.check(errors);
    projection.aliases.iter().for_each(|alias| alias.check(errors));
}
