//! The value in `#[correlate(event.field)]`: an expression over the names that the handler gives its event.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Expr, ImplItemFn, Pat, PatIdent, visit::Visit};

use crate::{errors::Errors, names::mentions, signature::typed_arguments, written::written};

/// The names that the first argument gives its event, or what is in it.
pub(super) fn names(method: &ImplItemFn) -> Vec<Ident> {
    let mut names = Names::default();
    if let Some(event) = typed_arguments(&method.sig).next() {
        names.visit_pat(&event.pat);
    }
    names.0
}

/// Refuses a value that is not over the event, as far as its words say so.
pub(super) fn check(method: &ImplItemFn, value: &Expr, errors: &Errors) {
    let names = names(method);
    match value {
        Expr::Assign(assign) => {
            let right = written(&assign.right);
            errors.at(value, format!("the value stands alone: write `#[correlate({right})]`"));
        }
        Expr::Path(path) if path.path.get_ident().is_some_and(|ident| is_field(ident, &names)) => {
            let field = written(value);
            let message = format!(
                "say whose `{field}` it is: write `#[correlate(event.{field})]`; only `stream` and `cause` stand alone"
            );
            errors.at(value, message);
        }
        _ => check_name(method, value, &names, errors),
    }
}

/// Whether it looks like a field that nothing brought into scope; a constant is in capitals.
fn is_field(ident: &Ident, names: &[Ident]) -> bool {
    ident.to_string().starts_with(char::is_lowercase) && !names.contains(ident)
}

/// What is said of `event` is said of what has this name.
fn check_name(method: &ImplItemFn, value: &Expr, names: &[Ident], errors: &Errors) {
    let pattern = typed_arguments(&method.sig).next().map(|argument| &*argument.pat);
    if let Some(Pat::Ident(called)) = pattern
        && mentions(&value.to_token_stream(), "event")
        && !names.iter().any(|name| name == "event")
    {
        let said = written(value);
        let message = format!(
            "the event is called `{}` here: call it `event`, as `#[correlate({said})]` does",
            called.ident
        );
        errors.at(&called.ident, message);
    }
}

/// What a pattern binds.
#[derive(Default)]
struct Names(Vec<Ident>);

impl<'ast> Visit<'ast> for Names {
    fn visit_pat_ident(&mut self, pattern: &'ast PatIdent) {
        self.0.push(pattern.ident.clone());
    }
}
