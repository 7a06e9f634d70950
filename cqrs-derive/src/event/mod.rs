//! `derive(Event)`.

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
    let event = tree::Event::read(input, &errors);
    checks::check(&event, &errors);
    match errors.mistakes() {
        None => expansion::expand(&event),
        Some(mistakes) => stub::expand(&event, mistakes),
    }
}
