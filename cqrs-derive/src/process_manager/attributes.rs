//! What `#[process_manager(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, Expr, LitStr, Path, Type, parenthesized, parse::ParseStream, token::Paren};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, type_value, value, word},
};

/// `#[process_manager(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) id: Option<Type>,
    pub(super) name: Option<LitStr>,
    pub(super) from: Option<StartFrom>,
    /// Whether `from` was there at all, readable or not.
    pub(super) from_given: bool,
    pub(super) correlate: Option<Correlation>,
    pub(super) unmatched: Option<Unmatched>,
    pub(super) version: Option<u32>,
    pub(super) crate_path: Option<Path>,
}

/// Where it starts when it first runs.
#[derive(Clone, Copy)]
pub(super) enum StartFrom {
    Start,
    Now,
}

/// How events find their process whose handlers do not say it.
#[derive(Clone, Copy)]
pub(super) enum Correlation {
    Stream,
    Cause,
}

/// What becomes of an event that finds no process.
pub(super) enum Unmatched {
    Ignore,
    Park,
    /// Within a time, which is an expression.
    Retry(Box<Expr>),
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let keys = &["id", "from", "name", "correlate", "unmatched", "version", "crate"];
        Grammar { attribute: "process_manager", keys }.read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "id" => self.id = Some(type_value(key, input)?),
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "from" => {
                self.from_given = true;
                self.from = Some(word(key, input, &STARTS, OTHER_START)?);
            }
            key if key == "correlate" => self.correlate = Some(word(key, input, &WAYS, OTHER_WAY)?),
            key if key == "unmatched" => self.unmatched = Some(unmatched(key, input)?),
            key if key == "version" => self.version = Some(counted(key, input)?),
            _ => self.crate_path = Some(value(key, input)?),
        }
        Ok(())
    }
}

/// `ignore`, `park`, or `retry(time)`.
fn unmatched(key: &Ident, input: ParseStream<'_>) -> syn::Result<Unmatched> {
    Ok(match word(key, input, &FATES, OTHER_FATE)? {
        Fate::Ignore => Unmatched::Ignore,
        Fate::Park => Unmatched::Park,
        Fate::Retry if !input.peek(Paren) => return Err(syn::Error::new(key.span(), OTHER_FATE)),
        Fate::Retry => {
            let within;
            parenthesized!(within in input);
            Unmatched::Retry(within.parse()?)
        }
    })
}

#[derive(Clone, Copy)]
enum Fate {
    Ignore,
    Park,
    Retry,
}

const STARTS: [(&str, StartFrom); 2] = [("now", StartFrom::Now), ("start", StartFrom::Start)];
const OTHER_START: &str = "`from` is `now`, for events that come after it first runs, or `start`, which sends commands for all of history";

const WAYS: [(&str, Correlation); 2] = [("cause", Correlation::Cause), ("stream", Correlation::Stream)];
const OTHER_WAY: &str = "`correlate` is `cause`, for the process whose command caused an event, or `stream`, for the key of its stream: a value of one event is said at its handler, `#[correlate(event.field)]`";

const FATES: [(&str, Fate); 3] = [("ignore", Fate::Ignore), ("park", Fate::Park), ("retry", Fate::Retry)];
const OTHER_FATE: &str = "`unmatched` is `ignore`, `park`, to wait for the process, or `retry(Duration::from_secs(600))`, to wait and be a dead letter after that time";
