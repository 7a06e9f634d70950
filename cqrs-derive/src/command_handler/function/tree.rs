//! A command handler function as the macro sees it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{ItemFn, Path, Type};

use crate::{
    errors::Errors,
    names::{pascal_case, unused},
    parts::crate_path,
    signature::{in_order, returned, typed_arguments},
};

use super::super::{attributes::HandlerKeys, command_type};

/// The function.
pub(super) struct Handler<'a> {
    pub(super) original: &'a ItemFn,
    pub(super) cqrs: Path,
    /// The type that stands for the function.
    pub(super) ident: Ident,
    /// The command; a mistake was noted if it is not known.
    pub(super) command: Option<&'a Type>,
    /// The arguments after it.
    pub(super) arguments: Vec<&'a Type>,
    pub(super) returned: Option<&'a Type>,
}

impl<'a> Handler<'a> {
    pub(super) fn read(arguments: TokenStream, function: &'a ItemFn, errors: &Errors) -> Self {
        let HandlerKeys { crate_path: path } = HandlerKeys::read(arguments, errors);
        let ident = &function.sig.ident;
        let is_command = |ty: &Type| matches!(ty, Type::Path(_));
        let mut arguments = in_order(typed_arguments(&function.sig), "command", is_command, errors);
        Self {
            original: function,
            cqrs: crate_path(path),
            ident: unused(&format!("{}Handler", pascal_case(ident)), &function.to_token_stream()),
            command: command_type(&function.sig, arguments.next(), errors),
            arguments: arguments.map(|argument| &*argument.ty).collect(),
            returned: returned(&function.sig),
        }
    }
}
