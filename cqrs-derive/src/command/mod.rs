//! `derive(Command)`.

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
    let command = tree::Command::read(input, &errors);
    checks::check(&command, &errors);
    match errors.finish() {
        None => expansion::expand(&command),
        Some(errors) => stub::expand(&command, &errors),
    }
}
