//! Attributes of the form `#[event(name = "..", version = 2)]`: keys with values, in any order.

use std::{fmt::Display, str::FromStr};

use proc_macro2::{Ident, TokenStream, TokenTree};
use syn::{
    Attribute, LitInt, LitStr, Meta, Token, Type,
    ext::IdentExt,
    parse::{Parse, ParseStream, Parser},
};

use crate::errors::Errors;

/// The keys one attribute takes.
pub(crate) struct Grammar {
    /// The attribute as the user writes it, such as `event`.
    pub(crate) attribute: &'static str,
    /// Every key it takes.
    pub(crate) keys: &'static [&'static str],
}

/// The only key that may be given more than once.
const REPEATABLE: &str = "alias";

/// Reads what follows a key into its place.
pub(crate) trait TakeKey {
    /// Called once for each known key, with the input after it.
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()>;
}

impl Grammar {
    /// Reads every attribute of this name, skipping all others.
    pub(crate) fn read<T: TakeKey + Default>(&self, attributes: &[Attribute], errors: &Errors) -> T {
        let (mut keys, mut seen) = (T::default(), Vec::new());
        for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident(self.attribute)) {
            match &attribute.meta {
                Meta::List(list) => self.read_list(list.tokens.clone(), &mut keys, &mut seen, errors),
                Meta::Path(_) | Meta::NameValue(_) => {
                    errors.at(
                        attribute,
                        format!("write `#[{}(key = value)]`; {}", self.attribute, self.known()),
                    );
                }
            }
        }
        keys
    }

    /// Reads the arguments of an attribute macro.
    pub(crate) fn read_arguments<T: TakeKey + Default>(&self, arguments: TokenStream, errors: &Errors) -> T {
        let mut keys = T::default();
        self.read_list(arguments, &mut keys, &mut Vec::new(), errors);
        keys
    }

    fn read_list<T: TakeKey>(&self, list: TokenStream, keys: &mut T, seen: &mut Vec<Ident>, errors: &Errors) {
        let parser = |input: ParseStream<'_>| {
            while !input.is_empty() {
                if let Err(error) = self.read_key(input, keys, seen) {
                    errors.add(error);
                    skip_to_comma(input);
                }
                if !input.is_empty() && errors.attempt(input.parse::<Token![,]>()).is_none() {
                    skip_to_comma(input);
                    input.parse::<Option<Token![,]>>()?;
                }
            }
            Ok(())
        };
        errors.attempt(parser.parse2(list));
    }

    fn read_key<T: TakeKey>(
        &self,
        input: ParseStream<'_>,
        keys: &mut T,
        seen: &mut Vec<Ident>,
    ) -> syn::Result<()> {
        let key = input.call(Ident::parse_any)?;
        let known = self.keys.iter().any(|known| key == known);
        if !known {
            let message = match self.nearest(&key.to_string()) {
                Some(nearest) => format!("unknown key `{key}`: write `{nearest}`; {}", self.known()),
                None => format!("unknown key `{key}`; {}", self.known()),
            };
            return Err(syn::Error::new(key.span(), message));
        }
        if key != REPEATABLE && seen.contains(&key) {
            let message = format!("the key `{key}` is given twice: keep one of the two");
            return Err(syn::Error::new(key.span(), message));
        }
        seen.push(key.clone());
        keys.take(&key, input)
    }

    /// The key that was meant, if one is like it; the only one is.
    fn nearest(&self, written: &str) -> Option<&'static str> {
        let alike = |key: &&&str| {
            written.starts_with(**key) || key.starts_with(written) || distance(key, written) <= 2
        };
        match self.keys {
            [only] if *only != "crate" => Some(only),
            keys => keys.iter().find(alike).copied(),
        }
    }

    fn known(&self) -> String {
        let quoted: Vec<_> = self.keys.iter().map(|key| format!("`{key}`")).collect();
        let list = match quoted.split_last() {
            Some((last, [])) => last.clone(),
            Some((last, others)) => format!("{} and {last}", others.join(", ")),
            None => "no keys".to_owned(),
        };
        format!("`#[{}]` takes {list}", self.attribute)
    }
}

/// How many letters are other ones, or too many, or too few.
pub(crate) fn distance(one: &str, other: &str) -> usize {
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (line, letter) in one.bytes().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], line + 1);
        for (column, another) in other.bytes().enumerate() {
            let changed = diagonal + usize::from(letter != another);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[other.len()]
}

/// After a mistake the next key may still be read.
fn skip_to_comma(input: ParseStream<'_>) {
    while !input.is_empty() && !input.peek(Token![,]) {
        if input.parse::<TokenTree>().is_err() {
            return;
        }
    }
}

/// The value of `key`: `= value`.
pub(crate) fn value<T: Parse>(key: &Ident, input: ParseStream<'_>) -> syn::Result<T> {
    equals(key, input)?;
    input.parse()
}

/// One of the `words`, each with what it stands for, as the value of `key`; `otherwise` says which there are.
pub(crate) fn word<T: Copy>(
    key: &Ident,
    input: ParseStream<'_>,
    words: &[(&str, T)],
    otherwise: &str,
) -> syn::Result<T> {
    equals(key, input)?;
    let word = input.call(Ident::parse_any)?;
    let found = words.iter().find(|(known, _)| word == known);
    found.map(|(_, meaning)| *meaning).ok_or_else(|| syn::Error::new(word.span(), otherwise))
}

/// The value of `key`, which is a type; in quotes is how other macros want it.
pub(crate) fn type_value(key: &Ident, input: ParseStream<'_>) -> syn::Result<Type> {
    equals(key, input)?;
    if input.peek(LitStr) {
        let quoted: LitStr = input.parse()?;
        let message = format!("write the type without quotes: `{key} = {}`", quoted.value());
        return Err(syn::Error::new(quoted.span(), message));
    }
    input.parse()
}

fn equals(key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
    match input.parse::<Token![=]>() {
        Ok(_) => Ok(()),
        Err(_) => {
            Err(syn::Error::new(key.span(), format!("the key `{key}` needs a value: write `{key} = ..`")))
        }
    }
}

/// The value of a key that counts from one.
pub(crate) fn counted<T: FromStr<Err: Display>>(key: &Ident, input: ParseStream<'_>) -> syn::Result<T> {
    let number: LitInt = value(key, input)?;
    if number.base10_digits() == "0" {
        return Err(syn::Error::new(number.span(), format!("`{key}` counts from 1")));
    }
    number.base10_parse()
}
