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
    match errors.mistakes() {
        None => expansion::expand(&aggregate_id),
        Some(mistakes) => stub::expand(&aggregate_id, mistakes),
    }
}
