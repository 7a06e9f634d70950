//! What serde's attributes say about the stored form of a type.

use syn::{
    Attribute, Data, DeriveInput, Expr, ExprLit, Field, Fields, Lit, Meta, Path, Token, Type,
    punctuated::Punctuated,
};

use crate::errors::Errors;

/// All that `#[serde(..)]` says. What cannot be read is left to serde, which will say so.
fn metas(attributes: &[Attribute]) -> Vec<Meta> {
    let parse =
        |attribute: &Attribute| attribute.parse_args_with(Punctuated::<Meta, Token![,]>::parse_terminated);
    attributes
        .iter()
        .filter(|attribute| attribute.path().is_ident("serde"))
        .filter_map(|attribute| parse(attribute).ok())
        .flatten()
        .collect()
}

/// The keys of all `#[serde(..)]` attributes.
pub(crate) fn serde_keys(attributes: &[Attribute]) -> Vec<Path> {
    metas(attributes).iter().map(|meta| meta.path().clone()).collect()
}

/// Whether what is missing is taken from a default.
pub(crate) fn has_default(attributes: &[Attribute]) -> bool {
    serde_keys(attributes).iter().any(|key| key.is_ident("default"))
}

/// The fields of a struct, or of all variants of an enum, are written in a form that the type reads.
pub(crate) fn check_item(item: &DeriveInput, errors: &Errors) {
    match &item.data {
        Data::Struct(data) => check_fields(&data.fields, has_default(&item.attrs), errors),
        Data::Enum(data) => {
            data.variants.iter().for_each(|variant| check_fields(&variant.fields, false, errors));
        }
        Data::Union(_) => {}
    }
}

/// A field that is not always written must have something to be read from in its stead; `defaults` says that its
/// struct has a default for every field.
pub(crate) fn check_fields(fields: &Fields, defaults: bool, errors: &Errors) {
    if !defaults {
        fields.iter().for_each(|field| check_field(field, errors));
    }
}

fn check_field(field: &Field, errors: &Errors) {
    let metas = metas(&field.attrs);
    let has = |name: &str| metas.iter().any(|meta| meta.path().is_ident(name));
    if has("default") || has("skip") || has("skip_deserializing") {
        return;
    }
    // Serde reads a missing `Option` as `None`, unless somebody else reads it.
    let read_as_none = !has("with") && !has("deserialize_with");
    for meta in &metas {
        if meta.path().is_ident("skip_serializing") {
            errors.at(
                meta,
                "a field that is never written cannot be read back: write `#[serde(skip)]`, which fills it with its default",
            );
        }
        if meta.path().is_ident("skip_serializing_if") && !(read_as_none && is_option(field, meta)) {
            errors.at(
                meta,
                "a field that is not always written cannot always be read back: add `default`, which fills it where it is missing",
            );
        }
    }
}

/// Whether the field is an `Option`: by its name, or by the condition under which it is left out.
fn is_option(field: &Field, condition: &Meta) -> bool {
    let named = matches!(&field.ty, Type::Path(ty) if ends_with(&ty.path, "Option"));
    let Meta::NameValue(pair) = condition else { return named };
    let asked = matches!(&pair.value, Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) if text.value().ends_with("Option::is_none"));
    named || asked
}

fn ends_with(path: &Path, name: &str) -> bool {
    path.segments.last().is_some_and(|segment| segment.ident == name)
}
