//! `derive(ProcessManager)`.

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
    let manager = tree::ProcessManager::read(input, &errors);
    checks::check(&manager, &errors);
    match errors.mistakes() {
        None => expansion::expand(&manager),
        Some(mistakes) => stub::expand(&manager, mistakes),
    }
}
