//! An `impl` block of command handlers as the macro sees it.

use proc_macro2::{Ident, TokenStream};
use quote::ToTokens;
use syn::{
    GenericArgument, ImplItem, ImplItemFn, ItemImpl, PatType, Path, PathArguments, Receiver, ReceiverKind,
    Type,
};

use crate::{
    errors::Errors,
    item::same,
    names::unused,
    parts::crate_path,
    signature::{in_order, is_receiver, returned, typed_arguments},
    written::written,
};

use super::super::{attributes::HandlerKeys, command_type};

/// The block.
pub(super) struct Block<'a> {
    pub(super) original: &'a ItemImpl,
    pub(super) cqrs: Path,
    /// The type it is for.
    pub(super) subject: &'a Type,
    /// What it is called as far as what is asked of it holds.
    pub(super) checked: Ident,
    pub(super) handlers: Vec<Handler<'a>>,
    /// What is not a method.
    pub(super) surplus: Vec<&'a ImplItem>,
}

/// One method, whose command is known.
pub(super) struct Handler<'a> {
    pub(super) original: &'a ImplItemFn,
    pub(super) existence: Existence<'a>,
    pub(super) command: &'a Type,
    /// The arguments after it.
    pub(super) arguments: Vec<&'a Type>,
    pub(super) returned: Option<&'a Type>,
}

/// Whether the aggregate must exist, as the receiver says.
#[derive(Clone, Copy)]
pub(super) enum Existence<'a> {
    /// No receiver.
    Absent,
    /// `&self`.
    Existing,
    /// `this: Option<&Self>`.
    Either,
    /// A receiver that means nothing.
    Unknown(&'a Receiver),
}

impl<'a> Block<'a> {
    pub(super) fn read(arguments: TokenStream, block: &'a ItemImpl, errors: &Errors) -> Self {
        let HandlerKeys { crate_path: path } = HandlerKeys::read(arguments, errors);
        let (mut handlers, mut surplus) = (Vec::new(), Vec::new());
        for item in &block.items {
            match item {
                ImplItem::Fn(method) => handlers.extend(Handler::read(method, &block.self_ty, errors)),
                other => surplus.push(other),
            }
        }
        let checked = unused("Subject", &block.to_token_stream());
        Self { original: block, cqrs: crate_path(path), subject: &block.self_ty, checked, handlers, surplus }
    }
}

impl<'a> Handler<'a> {
    fn read(method: &'a ImplItemFn, subject: &Type, errors: &Errors) -> Option<Self> {
        let mut arguments = typed_arguments(&method.sig).peekable();
        let this = arguments.next_if(|first| is_perhaps_self(first, subject));
        let spelt_out = arguments.next_if(|first| this.is_none() && check_this(first, subject, errors));
        let is_command = |ty: &Type| matches!(ty, Type::Path(_));
        let mut arguments = in_order(arguments, "command", is_command, errors);
        Some(Self {
            original: method,
            existence: Existence::read(method.sig.receiver(), this.or(spelt_out)),
            command: command_type(&method.sig, arguments.next(), errors)?,
            arguments: arguments.map(|argument| &*argument.ty).collect(),
            returned: returned(&method.sig),
        })
    }

    /// The handler as if it asked for nothing but its command.
    pub(super) fn alone(&self) -> Self {
        Self { arguments: Vec::new(), ..*self }
    }

    pub(super) fn ident(&self) -> &'a Ident {
        &self.original.sig.ident
    }
}

impl<'a> Existence<'a> {
    fn read(receiver: Option<&'a Receiver>, this: Option<&PatType>) -> Self {
        match (receiver, this) {
            (None, None) => Self::Absent,
            (None, Some(_)) => Self::Either,
            (Some(receiver), None) if is_shared(receiver) => Self::Existing,
            (Some(receiver), _) => Self::Unknown(receiver),
        }
    }
}

fn is_shared(receiver: &Receiver) -> bool {
    matches!(&receiver.kind, ReceiverKind::Reference(_, None, None))
}

/// Refuses the aggregate as an argument in another form than `Option<&Self>`.
fn check_this(argument: &PatType, subject: &Type, errors: &Errors) -> bool {
    let message = match &*argument.ty {
        _ if is_receiver(argument, subject) => "the aggregate is the receiver: write `&self`",
        _ if mentions_self(&argument.ty, subject) => {
            "an aggregate that may not exist yet comes as `Option<&Self>`: write `this: Option<&Self>`"
        }
        _ => return false,
    };
    errors.at(argument, message);
    true
}

/// Whether an `Option` of the aggregate is meant.
fn mentions_self(ty: &Type, subject: &Type) -> bool {
    let option = match ty {
        Type::Reference(reference) => &*reference.elem,
        other => other,
    };
    ["Self", &written(subject)]
        .iter()
        .any(|name| [format!("Option<{name}>"), format!("Option<&mut {name}>")].contains(&written(option)))
}

/// `Option<&Self>`, under whatever name: no command looks like that.
fn is_perhaps_self(argument: &PatType, subject: &Type) -> bool {
    let Type::Path(path) = &*argument.ty else { return false };
    let Some(PathArguments::AngleBracketed(arguments)) =
        path.path.segments.last().map(|last| &last.arguments)
    else {
        return false;
    };
    arguments.args.iter().any(|argument| match argument {
        GenericArgument::Type(Type::Reference(reference)) if reference.mutability.is_none() => {
            same(&reference.elem, &quote::quote!(Self)) || same(&reference.elem, &subject)
        }
        _ => false,
    })
}
