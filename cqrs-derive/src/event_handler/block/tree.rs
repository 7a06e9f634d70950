//! An `impl` block of event handlers as the macro sees it.

use proc_macro2::{Ident, TokenStream};
use quote::{ToTokens, format_ident};
use syn::{
    GenericArgument, ImplItem, ImplItemFn, ItemImpl, PatType, Path, PathArguments, Receiver, ReceiverKind,
    Token, Type, TypeReference,
};

use crate::{
    errors::Errors,
    item::same,
    names::{pascal_case, unused},
    parts::crate_path,
    signature::{event_type, in_order, is_receiver, returned, typed_arguments},
};

use super::{attributes::BlockKeys, marks::Marks};

/// The block.
pub(super) struct Block<'a> {
    pub(super) original: &'a ItemImpl,
    pub(super) cqrs: Path,
    /// The type it is for.
    pub(super) subject: &'a Type,
    /// What it is called as far as what is asked of it holds.
    pub(super) checked: Ident,
    /// What an event is called as far as what is asked of all of them holds.
    pub(super) known: Ident,
    /// The last word of the type's path, for messages and names.
    pub(super) name: Ident,
    /// The enum of all its events.
    pub(super) event: Ident,
    pub(super) handlers: Vec<Handler<'a>>,
    /// What is not a method.
    pub(super) surplus: Vec<&'a ImplItem>,
}

/// One method, whose event is known.
pub(super) struct Handler<'a> {
    pub(super) original: &'a ImplItemFn,
    pub(super) receiver: Option<&'a Receiver>,
    /// The state as an argument, in place of the receiver.
    this: Option<&'a PatType>,
    pub(super) event: &'a Type,
    /// The variant of the enum.
    pub(super) variant: Ident,
    pub(super) arguments: Vec<Argument<'a>>,
    pub(super) returned: Option<&'a Type>,
    pub(super) marks: Marks,
}

/// An argument after the event.
pub(super) enum Argument<'a> {
    /// Made from what surrounds the event.
    Extracted(&'a Type),
    /// `&mut`: a transaction.
    Transaction(&'a TypeReference),
}

/// What a method does, by its receiver and its transaction.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// No receiver: it builds the state.
    Build,
    /// `&mut self`.
    Change,
    /// `self`: it moves the state on, or ends it.
    Advance,
    /// No receiver, but a transaction.
    Transaction,
    /// A receiver that means nothing.
    Unknown,
}

impl<'a> Block<'a> {
    /// Reads the block; `marks` says of each of its items what its attributes did.
    pub(super) fn read(
        arguments: TokenStream,
        block: &'a ItemImpl,
        marks: Vec<Marks>,
        errors: &Errors,
    ) -> Self {
        let BlockKeys { crate_path: path } = BlockKeys::read(arguments, errors);
        let name = last_word(&block.self_ty);
        let mut surplus = Vec::new();
        let mut handlers = Vec::new();
        let marks = marks.into_iter().chain(std::iter::repeat_with(Marks::default));
        for (item, marks) in block.items.iter().zip(marks) {
            match item {
                ImplItem::Fn(method) => handlers.extend(Handler::read(method, marks, &block.self_ty, errors)),
                other => surplus.push(other),
            }
        }
        Self {
            original: block,
            cqrs: crate_path(path),
            subject: &block.self_ty,
            checked: unused("Subject", &block.to_token_stream()),
            known: unused("Known", &block.to_token_stream()),
            event: unused(&format!("{name}Event"), &block.to_token_stream()),
            name,
            handlers,
            surplus,
        }
    }

    /// The transaction, if this is a block whose methods take one.
    pub(super) fn transaction(&self) -> Option<&'a TypeReference> {
        self.handlers.iter().find_map(Handler::transaction)
    }

    /// Whether something is said in it that only a process manager says.
    pub(super) fn is_marked(&self) -> bool {
        self.handlers.iter().any(|handler| handler.marks.attribute().is_some())
    }

    /// The first `async`, if a method waits.
    pub(super) fn asyncness(&self) -> Option<Token![async]> {
        self.handlers.iter().find_map(Handler::asyncness)
    }
}

fn last_word(subject: &Type) -> Ident {
    match subject {
        Type::Path(path) => path.path.segments.last().map(|segment| segment.ident.clone()),
        _ => None,
    }
    .unwrap_or_else(|| format_ident!("State"))
}

impl<'a> Handler<'a> {
    fn read(method: &'a ImplItemFn, marks: Marks, subject: &Type, errors: &Errors) -> Option<Self> {
        let this = typed_arguments(&method.sig).next().filter(|first| is_receiver(first, subject));
        if let Some(this) = this {
            errors.at(this, "the state is the receiver: write `&mut self`");
        }
        let others = typed_arguments(&method.sig).skip(usize::from(this.is_some()));
        let is_event = |ty: &Type| matches!(ty, Type::Reference(_));
        let mut arguments = in_order(others, "event", is_event, errors);
        let event = event_type(&method.sig, arguments.next(), errors)?;
        Some(Self {
            original: method,
            receiver: method.sig.receiver(),
            this,
            event,
            variant: pascal_case(&method.sig.ident),
            arguments: arguments.map(Argument::read).collect(),
            returned: returned(&method.sig),
            marks,
        })
    }

    pub(super) fn ident(&self) -> &'a Ident {
        &self.original.sig.ident
    }

    pub(super) fn asyncness(&self) -> Option<Token![async]> {
        self.original.sig.asyncness
    }

    pub(super) fn transaction(&self) -> Option<&'a TypeReference> {
        self.arguments.iter().find_map(|argument| match argument {
            Argument::Transaction(ty) => Some(*ty),
            Argument::Extracted(_) => None,
        })
    }

    /// The types of the arguments beside the event and the transaction.
    pub(super) fn extracted(&self) -> std::vec::IntoIter<&'a Type> {
        let extracted = self.arguments.iter().filter_map(|argument| match argument {
            Argument::Extracted(ty) => Some(*ty),
            Argument::Transaction(_) => None,
        });
        extracted.collect::<Vec<_>>().into_iter()
    }

    /// Whether it says that the state ends.
    pub(super) fn ends(&self) -> bool {
        let Some(Type::Path(path)) = self.returned else { return false };
        path.path.segments.last().is_some_and(|last| last.ident == "Ended")
    }

    /// Whether it says that the state goes on, or else ends: `Option<Self>`.
    pub(super) fn may_end(&self, subject: &Type) -> bool {
        let Some(Type::Path(path)) = self.returned else { return false };
        let Some(last) = path.path.segments.last().filter(|last| last.ident == "Option") else {
            return false;
        };
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return false };
        let state = |argument: &GenericArgument| matches!(argument, GenericArgument::Type(ty) if is_state(ty, subject));
        arguments.args.len() == 1 && arguments.args.iter().all(state)
    }

    pub(super) fn shape(&self) -> Shape {
        match self.receiver.map(|receiver| &receiver.kind) {
            None if self.this.is_some() => Shape::Change,
            None if self.transaction().is_some() => Shape::Transaction,
            None => Shape::Build,
            Some(ReceiverKind::Reference(_, _, Some(_))) => Shape::Change,
            Some(ReceiverKind::Value) => Shape::Advance,
            Some(_) => Shape::Unknown,
        }
    }
}

/// `Self`, or the type of the block by its name.
pub(super) fn is_state(ty: &Type, subject: &Type) -> bool {
    same(&ty, &quote::quote!(Self)) || same(&ty, &subject)
}

impl<'a> Argument<'a> {
    pub(super) fn read(argument: &'a PatType) -> Self {
        match &*argument.ty {
            Type::Reference(reference) if reference.mutability.is_some() && !is_outbox(&reference.elem) => {
                Self::Transaction(reference)
            }
            other => Self::Extracted(other),
        }
    }
}

/// Whether it is called an outbox.
pub(super) fn is_outbox(ty: &Type) -> bool {
    matches!(ty, Type::Path(path) if path.path.segments.last().is_some_and(|last| last.ident == "Outbox"))
}
