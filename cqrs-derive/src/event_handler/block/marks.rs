//! What is said of the methods of a process manager: how an event finds its process, and which events are timers.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{Attribute, Expr, ImplItem, ImplItemFn, ItemImpl, Meta, parse_quote, spanned::Spanned};

use crate::{errors::Errors, keys::distance, names::mentions, written::written};

use super::values;

/// The attributes.
pub(super) const MARKS: [&str; 2] = ["correlate", "timer"];

/// What is said of one method.
#[derive(Default)]
pub(super) struct Marks {
    correlation: Option<(Attribute, Correlation)>,
    timer: Option<Attribute>,
}

/// How the event finds its process.
pub(super) enum Correlation {
    /// By the value of an expression.
    Value(Box<Expr>),
    Stream,
    Cause,
}

impl Marks {
    pub(super) fn correlation(&self) -> Option<&Correlation> {
        self.correlation.as_ref().map(|(_, correlation)| correlation)
    }

    pub(super) fn is_timer(&self) -> bool {
        self.timer.is_some()
    }

    /// The first of the two attributes.
    pub(super) fn attribute(&self) -> Option<&Attribute> {
        self.correlation.as_ref().map(|(attribute, _)| attribute).or(self.timer.as_ref())
    }

    fn take(&mut self, attribute: Attribute, errors: &Errors) {
        if attribute.path().is_ident("timer") {
            if !matches!(attribute.meta, Meta::Path(_)) {
                let message = "a timer's method is marked `#[timer]`, and no more: when it comes is said where it is scheduled";
                errors.at(&attribute.meta, message);
            }
            self.timer = Some(attribute);
            return;
        }
        if self.correlation.is_some() {
            errors.at(&attribute, "an event finds its process in one way: keep one `#[correlate(..)]`");
        }
        if let Some(correlation) = errors.attempt(Correlation::read(&attribute)) {
            self.correlation = Some((attribute, correlation));
        }
    }

    fn check(&self, errors: &Errors) {
        if let (Some((attribute, _)), true) = (&self.correlation, self.is_timer()) {
            errors.at(attribute, "a timer is for the process that set it: leave `#[correlate(..)]` out");
        }
    }
}

impl Correlation {
    fn read(attribute: &Attribute) -> syn::Result<Self> {
        let Meta::List(list) = &attribute.meta else {
            let message = "say how the event finds its process: `#[correlate(event.field)]`, `#[correlate(stream)]` or `#[correlate(cause)]`";
            return Err(syn::Error::new_spanned(attribute, message));
        };
        Ok(match list.parse_args::<Expr>()? {
            Expr::Path(path) if path.path.is_ident("stream") => Self::Stream,
            Expr::Path(path) if path.path.is_ident("cause") => Self::Cause,
            value => Self::Value(Box::new(value)),
        })
    }
}

/// The block without these attributes, and what they say of each of its items.
pub(super) fn taken(mut block: ItemImpl, errors: &Errors) -> (ItemImpl, Vec<Marks>) {
    let marks = block.items.iter_mut().map(|item| {
        let mut marks = Marks::default();
        if let ImplItem::Fn(method) = item {
            for attribute in method.attrs.extract_if(.., |attribute| is_mark(attribute)) {
                marks.take(spelt(attribute, errors), errors);
            }
            marks.check(errors);
            if let Some(Correlation::Value(value)) = marks.correlation() {
                if !marks.is_timer() {
                    values::check(method, value, errors);
                }
                use_event(method, value);
            }
        }
        marks
    });
    let marks = marks.collect();
    (block, marks)
}

/// What the attribute says of the event is a use of its names, whether the method uses them or not.
fn use_event(method: &mut ImplItemFn, value: &Expr) {
    let tokens = value.to_token_stream();
    for name in values::names(method).iter().filter(|name| mentions(&tokens, &name.to_string())) {
        method.block.stmts.insert(0, parse_quote!(let _ = #name;));
    }
}

/// `correlate` may be misspelt: nothing else is like it. `timed` and others are attributes of other people.
fn is_mark(attribute: &Attribute) -> bool {
    let like = |ident: &Ident| distance("correlate", &ident.to_string()) <= 2;
    MARKS.iter().any(|name| attribute.path().is_ident(name)) || attribute.path().get_ident().is_some_and(like)
}

/// The attribute under its name.
fn spelt(mut attribute: Attribute, errors: &Errors) -> Attribute {
    let path = attribute.path().clone();
    if !MARKS.iter().any(|name| path.is_ident(name)) {
        errors.at(&path, format!("unknown attribute `{}`: write `correlate`", written(&path)));
        let named = syn::Path::from(Ident::new("correlate", path.span()));
        match &mut attribute.meta {
            Meta::Path(path) => *path = named,
            Meta::List(list) => list.path = named,
            Meta::NameValue(pair) => pair.path = named,
        }
    }
    attribute
}
