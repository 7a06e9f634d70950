//! What a command handler may not return, as far as the type's words say so.

use syn::{GenericArgument, PathArguments, Type};

use crate::{errors::Errors, item::same, signature::PLAIN, written::written};

use super::tree::Handler;

pub(super) fn check(handler: &Handler<'_>, subject: &Type, errors: &Errors) {
    let Some(returned) = handler.returned else { return };
    check_error(returned, errors);
    let decided = decided(returned);
    check_no_result(returned, decided, errors);
    if let Some(message) = mistaken(decided, handler, subject) {
        errors.at(decided, message);
    }
}

/// Whether it returns the aggregate itself.
pub(super) fn is_state(handler: &Handler<'_>, subject: &Type) -> bool {
    handler.returned.is_some_and(|returned| is_subject(decided(returned), subject))
}

fn is_subject(ty: &Type, subject: &Type) -> bool {
    same(ty, &quote::quote!(Self)) || same(ty, subject)
}

/// What is in the `Result`, or the whole.
fn decided(returned: &Type) -> &Type {
    match arguments(returned, "Result").as_slice() {
        [decided, _] => decided,
        _ => returned,
    }
}

/// A refusal refuses the whole command.
fn check_no_result(returned: &Type, decided: &Type, errors: &Errors) {
    let held: Vec<&Type> = match decided {
        Type::Tuple(tuple) => tuple.elems.iter().collect(),
        other => ["Option", "Vec", "Result"].iter().flat_map(|name| arguments(other, name)).collect(),
    };
    for inner in held {
        if let [event, error] = arguments(inner, "Result").as_slice() {
            let whole = written(decided).replace(&written(inner), &written(event));
            let message =
                format!("a command is refused as a whole: write `Result<{whole}, {}>`", written(error));
            return errors.at(returned, message);
        }
    }
}

/// What a caller is told must be told apart, and shown.
pub(in super::super) fn check_error(returned: &Type, errors: &Errors) {
    let [_, error] = arguments(returned, "Result")[..] else { return };
    let is_text = ["String", "str"].iter().any(|name| is_named(error, name));
    let is_dynamic = arguments(error, "Box").iter().any(|inner| matches!(inner, Type::TraitObject(_)));
    if is_text || is_dynamic || matches!(error, Type::Reference(_) | Type::Tuple(_)) {
        let message = format!(
            "a caller tells one refusal from another: name an error type of your own, such as an enum with `#[derive(Debug, thiserror::Error)]`, in place of `{}`",
            written(error)
        );
        errors.at(error, message);
    }
}

fn mistaken(decided: &Type, handler: &Handler<'_>, subject: &Type) -> Option<String> {
    let boxed = arguments(decided, "Box");
    Some(match decided {
        Type::Reference(reference) => format!("an event is handed over: write `{}`, without `&`", written(&reference.elem)),
        Type::Array(array) => format!("write `Vec<{}>`, or a tuple, for several events", written(&array.elem)),
        _ if !boxed.is_empty() || boxed_events(decided) => {
            "the type says which events there may be: name the event, or the generated enum of them, in place of a `Box`".to_owned()
        }
        _ if is_subject(decided, subject) => {
            "a command handler decides and changes nothing: return the event, and change the state in its event handler".to_owned()
        }
        _ if same(decided, handler.command) => format!(
            "`{}` is handled and returned: take the command, which is what is wanted, and return the event, which is what has happened",
            written(decided)
        ),
        _ if PLAIN.iter().any(|name| is_named(decided, name)) => {
            format!("`{}` is no event: return the event that follows from the command; what only looks belongs in a plain `impl`", written(decided))
        }
        _ => return None,
    })
}

fn boxed_events(decided: &Type) -> bool {
    arguments(decided, "Vec").iter().any(|each| !arguments(each, "Box").is_empty())
}

fn is_named(ty: &Type, name: &str) -> bool {
    matches!(ty, Type::Path(path) if path.path.is_ident(name))
}

/// The arguments of the type if it is called `name`.
fn arguments<'a>(ty: &'a Type, name: &str) -> Vec<&'a Type> {
    let Type::Path(path) = ty else { return Vec::new() };
    match path.path.segments.last() {
        Some(last) if last.ident == name => match &last.arguments {
            PathArguments::AngleBracketed(arguments) => arguments.args.iter().filter_map(as_type).collect(),
            PathArguments::None | PathArguments::Parenthesized(_) => Vec::new(),
        },
        _ => Vec::new(),
    }
}

fn as_type(argument: &GenericArgument) -> Option<&Type> {
    match argument {
        GenericArgument::Type(ty) => Some(ty),
        _ => None,
    }
}
