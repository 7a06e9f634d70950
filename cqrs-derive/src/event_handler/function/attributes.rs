//! What `#[event_handler(..)]` on a function says.

use proc_macro2::{Ident, TokenStream};
use syn::{LitStr, Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, value, word},
};

use super::settings::Settings;

/// The arguments of the attribute.
#[derive(Default)]
pub(super) struct FunctionKeys {
    pub(super) from: Option<StartFrom>,
    /// Whether `from` was there at all, readable or not.
    pub(super) from_given: bool,
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) settings: Settings,
    pub(super) crate_path: Option<Path>,
}

/// Where the handler starts when it first runs.
#[derive(Clone, Copy)]
pub(super) enum StartFrom {
    Start,
    Now,
}

impl FunctionKeys {
    pub(super) fn read(arguments: TokenStream, errors: &Errors) -> Self {
        Grammar { attribute: "event_handler", keys: &KEYS }.read_arguments(arguments, errors)
    }
}

impl TakeKey for FunctionKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "from" => {
                self.from_given = true;
                self.from = Some(word(key, input, &WORDS, OTHERWISE)?);
            }
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "alias" => self.aliases.push(value(key, input)?),
            key if key == "crate" => self.crate_path = Some(value(key, input)?),
            _ => self.settings.take(key, input)?,
        }
        Ok(())
    }
}

const KEYS: [&str; 8] = ["from", "name", "alias", "concurrency", "attempts", "delay", "time_limit", "crate"];
const WORDS: [(&str, StartFrom); 2] = [("start", StartFrom::Start), ("now", StartFrom::Now)];
const OTHERWISE: &str = "`from` is `start`, for every event in history, or `now`, for those that come after the handler first runs";
