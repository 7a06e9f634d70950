//! `derive(Aggregate)`.

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
    let aggregate = tree::Aggregate::read(input, &errors);
    checks::check(&aggregate, &errors);
    match errors.mistakes() {
        None => expansion::expand(&aggregate),
        Some(mistakes) => stub::expand(&aggregate, mistakes),
    }
}
