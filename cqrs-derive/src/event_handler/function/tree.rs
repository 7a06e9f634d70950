//! An event handler function as the macro sees it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{ItemFn, Path, Type};

use crate::{
    errors::Errors,
    names::{StoredName, pascal_case, unused},
    parts::crate_path,
    signature::{event_type, in_order, returned, typed_arguments},
};

use super::{
    attributes::{FunctionKeys, StartFrom},
    settings::Settings,
};

/// The function.
pub(super) struct Handler<'a> {
    pub(super) original: &'a ItemFn,
    pub(super) cqrs: Path,
    /// The type that stands for the function.
    pub(super) ident: Ident,
    pub(super) name: StoredName,
    pub(super) aliases: Vec<StoredName>,
    pub(super) from: Option<StartFrom>,
    pub(super) from_given: bool,
    pub(super) settings: Settings,
    /// The event; a mistake was noted if it is not known.
    pub(super) event: Option<&'a Type>,
    /// The arguments after it.
    pub(super) arguments: Vec<&'a Type>,
    pub(super) returned: Option<&'a Type>,
}

impl<'a> Handler<'a> {
    pub(super) fn read(arguments: TokenStream, function: &'a ItemFn, errors: &Errors) -> Self {
        let keys = FunctionKeys::read(arguments, errors);
        let FunctionKeys { from, from_given, name, aliases, settings, crate_path: path } = keys;
        let ident = &function.sig.ident;
        let is_event = |ty: &Type| matches!(ty, Type::Reference(_));
        let mut arguments = in_order(typed_arguments(&function.sig), "event", is_event, errors);
        Self {
            original: function,
            cqrs: crate_path(path),
            ident: unused(&format!("{}Handler", pascal_case(ident)), &function.to_token_stream()),
            name: StoredName::new(name.as_ref(), ident),
            aliases: aliases.iter().map(StoredName::given).collect(),
            from,
            from_given,
            settings,
            event: event_type(&function.sig, arguments.next(), errors),
            arguments: arguments.map(|argument| &*argument.ty).collect(),
            returned: returned(&function.sig),
        }
    }
}
