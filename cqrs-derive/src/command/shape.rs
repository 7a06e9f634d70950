//! The shape of a command: a number that changes when the fields do.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Attribute;

use crate::fingerprint::fingerprint;

use super::tree::Command;

/// The shape follows from what decides how the command is written: the names and types of its fields, and what the
/// attributes for `serde` say of them and of the whole. Neither the command's own name nor its visibility counts, so that
/// one that is only renamed keeps its shape.
pub(super) fn of(command: &Command<'_>) -> u64 {
    let whole = serde_attributes(&command.original.attrs);
    let fields = command.fields.into_iter().flatten().map(|field| {
        let (attributes, name, ty) = (serde_attributes(&field.attrs), &field.ident, &field.ty);
        quote!(#attributes #name: #ty,)
    });
    let fields: TokenStream = fields.collect();
    fingerprint(quote!(#whole #fields))
}

/// Whether the type of a field names a `HashSet`, which every process writes in another order.
pub(super) fn has_sets(command: &Command<'_>) -> bool {
    command.fields.into_iter().flatten().any(|field| names_a_set(field.ty.to_token_stream()))
}

fn names_a_set(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Group(group) => names_a_set(group.stream()),
        TokenTree::Ident(ident) => ident.to_string().ends_with("HashSet"),
        TokenTree::Punct(_) | TokenTree::Literal(_) => false,
    })
}

fn serde_attributes(attributes: &[Attribute]) -> TokenStream {
    let of_serde = attributes.iter().filter(|attribute| attribute.path().is_ident("serde"));
    of_serde.map(ToTokens::to_token_stream).collect()
}

#[cfg(test)]
mod tests {
    use syn::DeriveInput;

    use super::*;
    use crate::errors::Errors;

    fn shape(source: &str) -> u64 {
        let (input, errors) = (syn::parse_str::<DeriveInput>(source).unwrap(), Errors::new());
        let shape = of(&Command::read(&input, &errors));
        assert!(errors.finish().is_none());
        shape
    }

    #[test]
    fn it_is_that_of_the_fields_and_not_of_the_name() {
        let original = shape("pub struct Debit { #[command(id)] account: u64, amount: i64 }");
        for same in [
            "struct Withdraw { #[command(id)] pub account: u64, /// How much.\n amount: i64 }",
            "#[derive(Clone)] #[command(name = \"d\", alias = \"debit\", version = 2)] struct Debit { account: u64, amount: i64 }",
        ] {
            assert_eq!(shape(same), original, "{same}");
        }
        for other in [
            "struct Debit { account: u64, amount: i64, #[serde(default)] note: Option<String> }",
            "struct Debit { account: u64, amount: i32 }",
            "struct Debit { account: u64, sum: i64 }",
            "struct Debit { amount: i64, account: u64 }",
            "struct Debit { account: u64, #[serde(rename = \"sum\")] amount: i64 }",
            "#[serde(rename_all = \"camelCase\")] struct Debit { account: u64, amount: i64 }",
            "struct Debit(u64, i64);",
        ] {
            assert_ne!(shape(other), original, "{other}");
        }
    }

    /// It is stored, so it must stay.
    #[test]
    fn it_is_the_same_in_every_build() {
        assert_eq!(shape("struct Debit { account: u64, amount: i64 }"), 14_006_997_984_944_674_002);
    }
}
