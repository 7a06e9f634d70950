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
    check_partitions(projection, errors);
}

/// Each partition costs reads, a lease and a row in the store.
const MOST_PARTITIONS: u32 = 256;

fn check_partitions(projection: &Projection<'_>, errors: &Errors) {
    match (&projection.partitions, &projection.partition_by) {
        (Some((key, number)), _) if *number > MOST_PARTITIONS => {
            errors.at(key, format!("{number} partitions are more than the {MOST_PARTITIONS} there may be"));
        }
        (None, Some(path)) => {
            errors.at(path, "`partition_by` divides what is one: say into how many, as `partitions = 8`");
        }
        _ => {}
    }
}
