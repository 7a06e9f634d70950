//! Whoever is stored or sent owns its data.

use syn::{Data, DeriveInput, Type, TypeReference, visit::Visit};

use crate::{errors::Errors, item::refuse_generics, written::written};

/// Refuses generics, for which `reason` says what the type stands for, and fields that borrow; `what` is the kind of the type.
pub(crate) fn check(input: &DeriveInput, what: &str, reason: &str, errors: &Errors) {
    if let Some(lifetime) = input.generics.lifetimes().next() {
        let message = format!(
            "{what} is kept, so it owns its data: leave the lifetime out, and write `String` for `&str`"
        );
        return errors.at(lifetime, message);
    }
    refuse_generics(&input.generics, reason, errors);
    let mut borrowed = Borrowed { what, errors };
    match &input.data {
        Data::Struct(data) => borrowed.visit_fields(&data.fields),
        Data::Enum(data) => data.variants.iter().for_each(|variant| borrowed.visit_fields(&variant.fields)),
        Data::Union(_) => {}
    }
}

/// Whether none of its fields borrows.
pub(crate) fn is(input: &DeriveInput) -> bool {
    let errors = Errors::new();
    check(input, "", "", &errors);
    errors.finish().is_none()
}

struct Borrowed<'a> {
    what: &'a str,
    errors: &'a Errors,
}

impl<'ast> Visit<'ast> for Borrowed<'_> {
    fn visit_type(&mut self, ty: &'ast Type) {
        match ty {
            Type::Reference(TypeReference { elem, .. }) => self.refuse(ty, elem),
            Type::Path(path) if path.path.is_ident("str") => self.refuse(ty, ty),
            other => syn::visit::visit_type(self, other),
        }
    }
}

impl Borrowed<'_> {
    fn refuse(&self, ty: &Type, borrowed: &Type) {
        let owned = match borrowed {
            Type::Path(path) if path.path.is_ident("str") => "String".to_owned(),
            Type::Slice(slice) => format!("Vec<{}>", written(&slice.elem)),
            other => written(other),
        };
        self.errors.at(ty, format!("{} is kept, so it owns its data: write `{owned}`", self.what));
    }
}
