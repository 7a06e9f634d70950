//! `derive(Projection)`.

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
    let projection = tree::Projection::read(input, &errors);
    checks::check(&projection, &errors);
    match errors.finish() {
        None => expansion::expand(&projection),
        Some(errors) => stub::expand(&projection, &errors),
    }
}
