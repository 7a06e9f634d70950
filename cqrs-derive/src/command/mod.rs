//! `derive(Command)`.

mod attributes;
mod checks;
mod expansion;
mod shape;
mod stub;
mod tree;

use proc_macro2::TokenStream;
use syn::DeriveInput;

use crate::errors::Errors;

pub(crate) fn expand(input: &DeriveInput) -> TokenStream {
    let errors = Errors::new();
    let command = tree::Command::read(input, &errors);
    checks::check(&command, &errors);
    match errors.mistakes() {
        None => expansion::expand(&command),
        Some(mistakes) => stub::expand(&command, mistakes),
    }
}
