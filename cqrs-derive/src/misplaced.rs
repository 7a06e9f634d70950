//! Attributes on the wrong item: what was meant, and that it is meant once.

use proc_macro2::Span;
use syn::{Attribute, FnArg, ImplItem, ImplItemFn, ItemImpl, ReceiverKind, ReturnType, Type};

use crate::{
    errors::Errors,
    item::same,
    signature::{is_surrounding, typed_arguments},
};

/// The two attributes of blocks and functions.
const HANDLERS: [&str; 2] = ["event_handler", "command_handler"];

/// The block without further attributes of handlers, on itself and on its methods, which are mistakes.
pub(crate) fn without_others(mut block: ItemImpl, errors: &Errors) -> ItemImpl {
    let message =
        "a block has event handlers or command handlers: split it in two, each with its own attribute";
    refuse(&mut block.attrs, message, errors);
    for item in &mut block.items {
        let message = "the attribute on the block is for all of its methods: leave this one out";
        if let ImplItem::Fn(method) = item {
            refuse(&mut method.attrs, message, errors);
        }
    }
    block
}

fn refuse(attributes: &mut Vec<Attribute>, message: &str, errors: &Errors) {
    for attribute in attributes.extract_if(.., |attribute| is_of_handler(attribute)) {
        errors.at(&attribute, message);
    }
}

fn is_of_handler(attribute: &Attribute) -> bool {
    attribute.path().segments.last().is_some_and(|last| HANDLERS.iter().any(|name| last.ident == name))
}

/// Whether a block of event handlers has command handlers instead: each owns what it handles, and returns something.
pub(crate) fn has_command_handlers(block: &ItemImpl) -> bool {
    all_methods(block, |method| {
        let owns = handled(method).is_some_and(|ty| matches!(ty, Type::Path(_)));
        owns && !changes(method)
            && matches!(method.sig.output, ReturnType::Type(..))
            && !builds(method, block)
    })
}

/// Whether a block of command handlers has event handlers instead: each reads what it handles, and builds or changes.
pub(crate) fn has_event_handlers(block: &ItemImpl) -> bool {
    all_methods(block, |method| {
        let reads = handled(method).is_some_and(|ty| matches!(ty, Type::Reference(_)));
        reads && (changes(method) || builds(method, block))
    })
}

/// The mistake, at the attribute itself.
pub(crate) fn report(message: &str, errors: &Errors) {
    errors.add(syn::Error::new(Span::call_site(), message));
}

fn all_methods(block: &ItemImpl, is: impl Fn(&ImplItemFn) -> bool) -> bool {
    let methods = block.items.iter().map(|item| matches!(item, ImplItem::Fn(method) if is(method)));
    !block.items.is_empty() && methods.into_iter().all(|each| each)
}

/// What the method handles: arguments that only say what surrounds it may have come before it, by mistake.
fn handled(method: &ImplItemFn) -> Option<&Type> {
    typed_arguments(&method.sig).map(|argument| &*argument.ty).find(|ty| !is_surrounding(ty))
}

fn changes(method: &ImplItemFn) -> bool {
    let Some(FnArg::Receiver(receiver)) = method.sig.inputs.first() else { return false };
    matches!(receiver.kind, ReceiverKind::Reference(_, _, Some(_)))
}

fn builds(method: &ImplItemFn, block: &ItemImpl) -> bool {
    let ReturnType::Type(_, returned) = &method.sig.output else { return false };
    same(returned, &quote::quote!(Self)) || same(returned, &block.self_ty)
}
