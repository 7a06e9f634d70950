//! All mistakes of one item, collected so that the user sees them at once.

use std::{cell::RefCell, fmt::Display};

use proc_macro2::{Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};

/// Collects mistakes while an item is read and checked. Whoever creates it must call [`Errors::finish`]; dropping it
/// unasked panics, so that no mistake is ever forgotten.
pub(crate) struct Errors {
    /// `None` once they were asked for.
    found: RefCell<Option<Vec<syn::Error>>>,
}

/// What the compiler is told, by calls of `compile_error!`.
pub(crate) struct Mistakes {
    pub(crate) first: TokenStream,
    pub(crate) others: TokenStream,
}

impl Mistakes {
    /// The `CHECK` of implementations of which the compiler says nothing, since it is the first mistake; and the mistakes that are
    /// left to say.
    pub(crate) fn into_check(self) -> (TokenStream, TokenStream) {
        let mistake = as_variable(self.first);
        (quote! { const CHECK: usize = #mistake; }, self.others)
    }

    /// The type if it is known, or the first mistake in its place; and the mistakes that are left to say.
    pub(crate) fn unless_known(self, ty: Option<impl ToTokens>) -> (TokenStream, TokenStream) {
        match ty {
            Some(ty) => (ty.to_token_stream(), self.all()),
            None => self.into_type(),
        }
    }

    /// A type of which the compiler asks nothing, since it is the first mistake; and the mistakes that are left to say.
    pub(crate) fn into_type(self) -> (TokenStream, TokenStream) {
        let mistake = as_variable(self.first);
        (quote! { [(); #mistake] }, self.others)
    }

    /// All of them, as items.
    pub(crate) fn all(self) -> TokenStream {
        let Self { first, others } = self;
        quote! { #first #others }
    }
}

/// `compile_error!` as a value is `()`, and the compiler goes on to wonder about that. Where `env!` finds no variable it says
/// what it is told to, and leaves a value that nothing more is asked of.
fn as_variable(mistake: TokenStream) -> TokenStream {
    let tokens = mistake.into_iter().map(|token| match token {
        TokenTree::Ident(word) if word == "compile_error" => Ident::new("env", word.span()).into(),
        TokenTree::Group(message) => {
            let message_alone = message.stream();
            let mut both = Group::new(message.delimiter(), quote! { "CQRS_UNKNOWN_TYPE", #message_alone });
            both.set_span(message.span());
            both.into()
        }
        other => other,
    });
    tokens.collect()
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

    /// Whether there are any so far: what may follow from one is not said beside it.
    pub(crate) fn is_empty(&self) -> bool {
        self.found.borrow().as_ref().is_none_or(Vec::is_empty)
    }

    /// The value, or a mistake on the list.
    pub(crate) fn attempt<T>(&self, result: syn::Result<T>) -> Option<T> {
        result.map_err(|error| self.add(error)).ok()
    }

    /// Leaves the mistakes unsaid, where the compiler has said what comes first.
    pub(crate) fn forget(self) {
        let _ = self.finish();
    }

    /// The mistakes as the compiler wants them, or `None` if there are none.
    pub(crate) fn finish(self) -> Option<TokenStream> {
        self.mistakes().map(Mistakes::all)
    }

    /// The mistakes, the first of them apart.
    pub(crate) fn mistakes(self) -> Option<Mistakes> {
        let mut found = self.found.borrow_mut().take().unwrap_or_default().into_iter();
        let first = found.next()?.into_compile_error();
        Some(Mistakes { first, others: found.map(syn::Error::into_compile_error).collect() })
    }
}

impl Drop for Errors {
    fn drop(&mut self) {
        let forgotten = self.found.borrow().is_some() && !std::thread::panicking();
        assert!(!forgotten, "Somebody forgot to ask for the mistakes.");
    }
}
