//! Names: stored ones in kebab-case, generated ones in Rust's case, none that clashes with the user's.

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::ToTokens;
use syn::{LitStr, ext::IdentExt};

use crate::errors::Errors;

/// A name as it is stored or sent.
pub(crate) struct StoredName {
    /// Its text.
    pub(crate) text: String,
    /// Where a mistake in it is shown: the literal, or the item it was made of.
    pub(crate) span: Span,
}

impl StoredName {
    /// The given name, or that of the item in kebab-case.
    pub(crate) fn new(given: Option<&LitStr>, ident: &Ident) -> Self {
        given.map_or_else(|| Self { text: kebab_case(ident), span: ident.span() }, Self::given)
    }

    pub(crate) fn given(literal: &LitStr) -> Self {
        Self { text: literal.value(), span: literal.span() }
    }

    /// An empty name is refused, and so is one that the library may give to something of its own.
    pub(crate) fn check(&self, errors: &Errors) {
        if self.text.trim().is_empty() {
            let message = "a name cannot be empty: leave the key out to get the default";
            errors.add(syn::Error::new(self.span, message));
        }
        if self.text.contains('/') {
            let message = "names with `/` are the library's own: write `-` or `.` instead";
            errors.add(syn::Error::new(self.span, message));
        }
    }
}

impl ToTokens for StoredName {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        LitStr::new(&self.text, Span::call_site()).to_tokens(tokens);
    }
}

/// `MoneyDebited` and `money_debited` as `money-debited`; digits stay with the word before them, and an acronym
/// is one word (`HTTPServerStarted` as `http-server-started`).
pub(crate) fn kebab_case(ident: &Ident) -> String {
    words(&ident.unraw().to_string()).join("-").to_lowercase()
}

/// `money_debited` as `MoneyDebited`.
pub(crate) fn pascal_case(ident: &Ident) -> Ident {
    let name: String = words(&ident.unraw().to_string()).iter().map(|word| capitalised(word)).collect();
    match syn::parse_str(&name) {
        Ok(name) => name,
        // Such as `_1`, of which no name can be made.
        Err(_) => ident.clone(),
    }
}

fn capitalised(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let letters: Vec<char> = name.chars().collect();
    for (index, letter) in letters.iter().copied().enumerate() {
        let previous = index.checked_sub(1).map_or('_', |before| letters[before]);
        let next = letters.get(index + 1).copied().unwrap_or('_');
        if letter == '_' || starts_word(previous, letter, next) {
            words.push(String::new());
        }
        if let (true, Some(word)) = (letter != '_', words.last_mut()) {
            word.push(letter);
        }
    }
    words.retain(|word| !word.is_empty());
    words
}

fn starts_word(previous: char, letter: char, next: char) -> bool {
    letter.is_uppercase() && (!previous.is_uppercase() || next.is_lowercase())
}

/// `name`, with underscores added until `tokens` do not mention it: for items that share a scope with the
/// user's types.
pub(crate) fn unused(name: &str, tokens: &TokenStream) -> Ident {
    let mut name = name.to_owned();
    while mentions(tokens, &name) {
        name.push('_');
    }
    Ident::new(&name, Span::call_site())
}

/// Whether somewhere among the tokens is this word.
pub(crate) fn mentions(tokens: &TokenStream, name: &str) -> bool {
    tokens.clone().into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == name,
        TokenTree::Group(group) => mentions(&group.stream(), name),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ident(name: &str) -> Ident {
        syn::parse_str(name).unwrap()
    }

    #[test]
    fn stored_names_are_in_kebab_case() {
        for (name, stored) in [
            ("MoneyDebited", "money-debited"),
            ("money_debited", "money-debited"),
            ("Opened", "opened"),
            ("HTTPServerStarted", "http-server-started"),
            ("ServedHTTP", "served-http"),
            ("ALead", "a-lead"),
            ("OrderV2Placed", "order-v2-placed"),
            ("Sha256Checked", "sha256-checked"),
            ("A1B2", "a1-b2"),
            ("IBAN2Changed", "iban2-changed"),
            ("ÄrgerGemeldet", "ärger-gemeldet"),
            ("__private__event", "private-event"),
            ("r#type", "type"),
        ] {
            assert_eq!(kebab_case(&ident(name)), stored);
        }
    }

    #[test]
    fn variants_are_in_pascal_case() {
        for (name, variant) in
            [("money_debited", "MoneyDebited"), ("opened", "Opened"), ("r#type", "Type"), ("_1", "_1")]
        {
            assert_eq!(pascal_case(&ident(name)), variant);
        }
    }

    #[test]
    fn a_generated_name_avoids_those_of_the_user() {
        let tokens = quote::quote! { fn on(event: &(AccountEvent, AccountEvent_)) };
        assert_eq!(unused("AccountEvent", &tokens), "AccountEvent__");
        assert_eq!(unused("UserEvent", &tokens), "UserEvent");
    }
}
