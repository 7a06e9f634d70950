//! Rules about the item a derive is written on, the same for several macros.

use proc_macro2::TokenStream;
use quote::{ToTokens, quote};
use syn::{Data, DeriveInput, GenericParam, Generics, ItemImpl, PathArguments, PathSegment, Type};

use crate::{errors::Errors, signature::PLAIN};

/// Refuses generics; `reason` says what the type stands for.
pub(crate) fn refuse_generics(generics: &Generics, reason: &str, errors: &Errors) {
    if !generics.params.is_empty() {
        errors.at(&generics.params, format!("{reason}: leave the generic parameters out"));
    }
    if let Some(clause) = &generics.where_clause {
        errors.at(clause, format!("{reason}: leave the `where` clause out"));
    }
}

/// Refuses a union.
pub(crate) fn refuse_union(input: &DeriveInput, what: &str, errors: &Errors) {
    if let Data::Union(union) = &input.data {
        errors.at(union.union_token, format!("{what} cannot be a union: write `struct`"));
    }
}

/// Whether two pieces of source are the same but for white space.
pub(crate) fn same(left: &impl ToTokens, right: &impl ToTokens) -> bool {
    left.to_token_stream().to_string() == right.to_token_stream().to_string()
}

/// Whether stub code can be written for the type: it is neither a union nor generic, but for lifetimes.
pub(crate) fn is_plain(input: &DeriveInput) -> bool {
    let only_lifetimes = input.generics.params.iter().all(|param| matches!(param, GenericParam::Lifetime(_)));
    only_lifetimes && !matches!(input.data, Data::Union(_))
}

/// Whether it may be held by value, as far as the words of its last field say so.
pub(crate) fn is_sized(input: &DeriveInput) -> bool {
    let Data::Struct(data) = &input.data else { return true };
    !data.fields.iter().next_back().is_some_and(|field| match &field.ty {
        Type::Path(path) => path.path.is_ident("str"),
        Type::Slice(_) | Type::TraitObject(_) => true,
        _ => false,
    })
}

/// The type, as code beside it names it. Where it has lifetimes, which are refused, it lives as long as what is kept.
pub(crate) fn named(input: &DeriveInput) -> TokenStream {
    let ident = &input.ident;
    let lifetimes: Vec<_> = input.generics.lifetimes().map(|_| quote!('static)).collect();
    if lifetimes.is_empty() { quote!(#ident) } else { quote!(#ident<#(#lifetimes),*>) }
}

/// Whether the block is for a type of the language, whose methods nobody can write.
pub(crate) fn is_foreign(block: &ItemImpl) -> bool {
    matches!(&*block.self_ty, Type::Path(path) if PLAIN.iter().any(|name| path.path.is_ident(name)))
}

/// Whether the block is for a type without generics, as in `impl Account { .. }`.
pub(crate) fn can_be_named(block: &ItemImpl) -> bool {
    let plain = |segment: &PathSegment| matches!(segment.arguments, PathArguments::None);
    let Type::Path(path) = &*block.self_ty else { return false };
    block.generics.params.is_empty() && path.path.segments.iter().all(plain)
}

/// The block without its trait: handlers in an `impl Trait for` are refused, and the trait need not hear of it.
pub(crate) fn inherent(block: &ItemImpl) -> ItemImpl {
    ItemImpl { trait_: None, ..block.clone() }
}
