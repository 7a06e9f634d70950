//! Two methods of one name in a block.

use proc_macro2::Ident;
use quote::ToTokens;
use syn::{ImplItem, ItemImpl};

use crate::{errors::Errors, names::unused};

/// Refuses the second method of a name, and calls it otherwise: so that the compiler reads its body, and says of the name
/// nothing more.
pub(crate) fn told_apart(mut block: ItemImpl, errors: &Errors) -> ItemImpl {
    let tokens = block.to_token_stream();
    let mut seen: Vec<Ident> = Vec::new();
    for item in &mut block.items {
        let ImplItem::Fn(method) = item else { continue };
        let name = method.sig.ident.clone();
        if seen.contains(&name) {
            errors.at(
                &name,
                format!("two methods of this block are called `{name}`: give one of them another name"),
            );
            let mut other = unused(&format!("{name}_{}", seen.len()), &tokens);
            other.set_span(name.span());
            method.sig.ident = other;
        }
        seen.push(name);
    }
    block
}
