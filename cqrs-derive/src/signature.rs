//! Rules about the signature of a handler, the same for events and commands, methods and functions.

use proc_macro2::TokenStream;
use quote::ToTokens;
use syn::{
    Attribute, FnArg, Pat, PatType, PathArguments, ReturnType, Safety, Signature, Type, TypeImplTrait,
    TypeReference, visit::Visit,
};

use crate::{errors::Errors, item::same, names::mentions, written::written};

/// Refuses what no handler may be: generic, unsafe, with unnamed types, there only sometimes.
pub(crate) fn check_plain(signature: &Signature, attributes: &[Attribute], errors: &Errors) {
    check_generics(signature, errors);
    if let Safety::Unsafe(keyword) = &signature.safety {
        errors.at(keyword, "a handler is called by safe code: leave `unsafe` out");
    }
    let mut unnamed = Unnamed(errors);
    unnamed.visit_signature(signature);
    for attribute in attributes.iter().filter(|attribute| attribute.path().is_ident("cfg")) {
        errors.at(attribute, "a handler cannot be there only sometimes: put `#[cfg]` on the whole item or in the handler's body");
    }
}

fn check_generics(signature: &Signature, errors: &Errors) {
    let message = "a handler cannot be generic, since it is called for one type: leave the generics out";
    if !signature.generics.params.is_empty() {
        errors.at(&signature.generics.params, message);
    }
    if let Some(clause) = &signature.generics.where_clause {
        errors.at(clause, message);
    }
}

/// Finds `impl Trait`.
struct Unnamed<'a>(&'a Errors);

impl<'ast> Visit<'ast> for Unnamed<'_> {
    fn visit_type_impl_trait(&mut self, unnamed: &'ast TypeImplTrait) {
        self.0.at(
            unnamed,
            "the signature of a handler is a declaration: name the type instead of `impl Trait`",
        );
    }
}

/// Whether every type has a name that can be written elsewhere.
pub(crate) fn is_named(signature: &Signature) -> bool {
    let errors = Errors::new();
    Unnamed(&errors).visit_signature(signature);
    errors.finish().is_none()
}

/// The arguments but the receiver.
pub(crate) fn typed_arguments(signature: &Signature) -> impl Iterator<Item = &PatType> {
    signature.inputs.iter().filter_map(|input| match input {
        FnArg::Typed(argument) => Some(argument),
        FnArg::Receiver(_) => None,
    })
}

/// The type behind `->`, if there is one.
pub(crate) fn returned(signature: &Signature) -> Option<&Type> {
    match &signature.output {
        ReturnType::Type(_, returned) => Some(returned),
        ReturnType::Default => None,
    }
}

/// Whether the argument is the state itself, spelt out: `this: &Self`.
pub(crate) fn is_receiver(argument: &PatType, subject: &Type) -> bool {
    let Type::Reference(reference) = &*argument.ty else { return false };
    same(&reference.elem, &quote::quote!(Self)) || same(&reference.elem, subject)
}

/// The arguments with what is handled first: one that says what surrounds it comes after.
pub(crate) fn in_order<'a>(
    arguments: impl Iterator<Item = &'a PatType>,
    what: &str,
    is_handled: impl Fn(&Type) -> bool,
    errors: &Errors,
) -> std::vec::IntoIter<&'a PatType> {
    let mut arguments: Vec<_> = arguments.collect();
    let named = |argument: &&PatType| is_handled(&argument.ty) && is_called(argument, what);
    let place = arguments
        .iter()
        .position(|argument| !is_surrounding(&argument.ty) && named(argument))
        .or_else(|| arguments.iter().position(|argument| !is_surrounding(&argument.ty)));
    if let Some(place) = place.filter(|place| *place > 0 && is_handled(&arguments[*place].ty)) {
        let (handled, first) = (arguments.remove(place), arguments[0]);
        let (handled_first, after) = (written(handled), written(first));
        errors.at(&first.ty, format!("the {what} comes first: write `{handled_first}, {after}`"));
        arguments.insert(0, handled);
    }
    arguments.into_iter()
}

/// Whether the argument has this name, or it with a `_` before it.
fn is_called(argument: &PatType, name: &str) -> bool {
    matches!(&*argument.pat, Pat::Ident(pattern) if pattern.ident.to_string().trim_start_matches('_') == name)
}

/// Whether the type is by its name one of those that a handler may take beside what it handles.
pub(crate) fn is_surrounding(ty: &Type) -> bool {
    match ty {
        Type::Reference(reference) => reference.mutability.is_some() || is_surrounding(&reference.elem),
        Type::Path(path) => path.path.segments.last().is_some_and(|last| {
            let names: &[&str] = match last.arguments {
                PathArguments::None => &["Envelope", "Metadata", "Position", "CommandId"],
                _ => &["Id", "Inject", "Outbox", "Repository"],
            };
            names.iter().any(|name| last.ident == name)
        }),
        _ => false,
    }
}

/// The event type of a handler whose first argument is `argument`; a mistake if it is not taken as `&Event`.
pub(crate) fn event_type<'a>(
    signature: &Signature,
    argument: Option<&'a PatType>,
    errors: &Errors,
) -> Option<&'a Type> {
    let Some(argument) = argument else {
        let message = "an event handler takes an event as its first argument: write `event: &Event`";
        errors.at(&signature.ident, message);
        return None;
    };
    let Type::Reference(TypeReference { attrs: _, and_token: _, lifetime, mutability, elem }) = &*argument.ty
    else {
        let ty = &argument.ty;
        let ty_written = written(ty);
        errors.at(
            ty,
            format!("an event handler only reads its event, the first argument: write `&{ty_written}`"),
        );
        return Some(&argument.ty);
    };
    if !may_be_message(elem) {
        let written = written(elem);
        errors.at(elem, format!("`{written}` is not an event, and every method of this block handles one: move a helper to a plain `impl`"));
        return None;
    }
    if let Some(lifetime) = lifetime.as_ref().filter(|_| signature.generics.params.is_empty()) {
        errors.at(lifetime, "an event is lent to its handler for the call: leave the lifetime out");
    }
    if let Some(keyword) = mutability {
        errors.at(keyword, "what happened cannot be changed: take the event by `&`, without `mut`");
    }
    Some(elem)
}

/// A function has no receiver, and no `Self`; one that has is a method, whose block the attribute belongs on.
pub(crate) fn check_no_receiver(signature: &Signature, attribute: &str, errors: &Errors) {
    if let Some(place) = of_method(signature) {
        errors.at(place, format!("a method is not handled alone: put `{attribute}` on its `impl` block"));
    }
}

/// What says that this is a method: its receiver, or a `Self`.
pub(crate) fn of_method(signature: &Signature) -> Option<TokenStream> {
    let receiver = signature.receiver().map(ToTokens::to_token_stream);
    let of_self = |tokens: &TokenStream| mentions(tokens, "Self");
    let arguments = signature.inputs.iter().map(ToTokens::to_token_stream);
    let returned = std::iter::once(signature.output.to_token_stream());
    receiver.or_else(|| arguments.chain(returned).find(of_self))
}

/// Only a type with a name of its own can be an event or a command. What is never one is told here, so that the compiler
/// does not wonder about its size, or whose it is.
pub(crate) fn may_be_message(ty: &Type) -> bool {
    match ty {
        Type::Path(path) => !PLAIN.iter().any(|name| path.path.is_ident(name)),
        // A type that a macro has matched.
        Type::Group(group) => may_be_message(&group.elem),
        Type::ImplTrait(_) | Type::Macro(_) => true,
        _ => false,
    }
}

/// Types that nobody means as an event or a command.
pub(crate) const PLAIN: [&str; 18] = [
    "bool", "char", "str", "String", "i8", "i16", "i32", "i64", "i128", "isize", "u8", "u16", "u32", "u64",
    "u128", "usize", "f32", "f64",
];
