//! What `#[projection(..)]` says.

use proc_macro2::Ident;
use syn::{Attribute, Expr, LitStr, Path, parse::ParseStream};

use crate::{
    errors::Errors,
    keys::{Grammar, TakeKey, counted, value, word},
};

/// `#[projection(..)]` on the type.
#[derive(Default)]
pub(super) struct TypeKeys {
    pub(super) name: Option<LitStr>,
    pub(super) aliases: Vec<LitStr>,
    pub(super) version: Option<u32>,
    pub(super) on_failure: Option<OnFailure>,
    pub(super) partitions: Option<(Ident, u32)>,
    pub(super) partition_by: Option<Path>,
    pub(super) schema: Option<Expr>,
    pub(super) reset: Option<Expr>,
    pub(super) crate_path: Option<Path>,
}

/// What happens when an event fails for good.
#[derive(Clone, Copy)]
pub(super) enum OnFailure {
    Stop,
    Park,
}

impl TypeKeys {
    pub(super) fn read(attributes: &[Attribute], errors: &Errors) -> Self {
        let keys = &[
            "name",
            "alias",
            "version",
            "on_failure",
            "partitions",
            "partition_by",
            "schema",
            "reset",
            "crate",
        ];
        Grammar { attribute: "projection", keys }.read(attributes, errors)
    }
}

impl TakeKey for TypeKeys {
    fn take(&mut self, key: &Ident, input: ParseStream<'_>) -> syn::Result<()> {
        match key {
            key if key == "name" => self.name = Some(value(key, input)?),
            key if key == "alias" => self.aliases.push(value(key, input)?),
            key if key == "version" => self.version = Some(counted(key, input)?),
            key if key == "on_failure" => self.on_failure = Some(word(key, input, &WORDS, OTHERWISE)?),
            key if key == "partitions" => self.partitions = Some((key.clone(), counted(key, input)?)),
            key if key == "partition_by" => self.partition_by = Some(value(key, input)?),
            key if key == "schema" => self.schema = Some(value(key, input)?),
            key if key == "reset" => self.reset = Some(value(key, input)?),
            _ => self.crate_path = Some(value(key, input)?),
        }
        Ok(())
    }
}

const WORDS: [(&str, OnFailure); 2] = [("stop", OnFailure::Stop), ("park", OnFailure::Park)];
const OTHERWISE: &str = "`on_failure` is `stop`, for a projection that is old but never wrong, or `park`, to go on without the failing stream";
