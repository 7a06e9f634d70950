//! All mistakes of one item, collected so that the user sees them at once.

use std::{cell::RefCell, fmt::Display};

use proc_macro2::TokenStream;
use quote::ToTokens;

/// Collects mistakes while an item is read and checked. Whoever creates it must call [`Errors::finish`]; dropping it
/// unasked panics, so that no mistake is ever forgotten.
pub(crate) struct Errors {
    /// `None` once they were asked for.
    found: RefCell<Option<Vec<syn::Error>>>,
}

impl Errors {
    pub(crate) fn new() -> Self {
        Self { found: RefCell::new(Some(Vec::new())) }
    }

    /// A mistake at the user's tokens `place`: lower case, one sentence, with the fix.
    pub(crate) fn at(&self, place: impl ToTokens, message: impl Display) {
        self.add(syn::Error::new_spanned(place, message));
    }

    pub(crate) fn add(&self, error: syn::Error) {
        self.found.borrow_mut().get_or_insert_default().push(error);
    }

    /// The value, or a mistake on the list.
    pub(crate) fn attempt<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// The mistakes as the compiler wants them, or `None` if there are none.
    pub(crate) fn finish(self) -> Option<TokenStream> {
        let found = self.found.borrow_mut().take().unwrap_or_default();
        let mut errors = found.into_iter();
        let mut first = errors.next()?;
        first.extend(errors);
        Some(first.into_compile_error())
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        let forgotten = self.found.borrow().is_some() && !std::thread::panicking();
        assert!(!forgotten, "Somebody forgot to ask for the mistakes.");
    }
}
