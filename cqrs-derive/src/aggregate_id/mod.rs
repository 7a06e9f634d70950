//! `derive(AggregateId)`.

mod attributes;
mod checks;
mod expansion;
mod stub;
mod tree;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let errors = Errors::new();
    let aggregate_id = tree::AggregateId::read(input, &errors);
    checks::check(&aggregate_id, &errors);
    match errors.finish() {
        None => expansion::expand(&aggregate_id),
        Some(errors) => stub::expand(&aggregate_id, &errors),
    }
}
