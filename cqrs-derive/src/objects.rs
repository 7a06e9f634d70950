//! Trait objects of traits that have none.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{ImplItem, ItemImpl, Type, TypeParamBound, parse_quote, visit_mut::VisitMut};

/// What the library asks of types, and never of values.
const NEVER_OBJECTS: [&str; 5] = ["Event", "Command", "Aggregate", "AggregateId", "Projection"];

/// The block with the type `mistake` in place of each `dyn Event`, and of each `Outbox` of nobody, in its signatures: they were
/// refused, in words that the compiler would say again in its own.
pub(crate) fn without_objects(mut block: ItemImpl, mistake: &Ident) -> ItemImpl {
    for item in &mut block.items {
        if let ImplItem::Fn(method) = item {
            Objects(mistake).visit_signature_mut(&mut method.sig);
        }
    }
    block
}

struct Objects<'a>(&'a Ident);

impl VisitMut for Objects<'_> {
    fn visit_type_mut(&mut self, ty: &mut Type) {
        if is_object(ty) || is_outbox_of_nobody(ty) {
            let mistake = self.0.to_token_stream();
            *ty = parse_quote! { #mistake };
        } else {
            syn::visit_mut::visit_type_mut(self, ty);
        }
    }
}

fn is_outbox_of_nobody(ty: &Type) -> bool {
    let Type::Path(path) = ty else { return false };
    path.path.segments.last().is_some_and(|last| last.ident == "Outbox" && last.arguments.is_none())
}

fn is_object(ty: &Type) -> bool {
    let Type::TraitObject(object) = ty else { return false };
    object.bounds.iter().any(|bound| match bound {
        TypeParamBound::Trait(bound) => {
            bound.path.segments.last().is_some_and(|last| NEVER_OBJECTS.iter().any(|name| last.ident == name))
        }
        _ => false,
    })
}
