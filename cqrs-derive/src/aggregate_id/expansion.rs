//! The code of an id type: everything is passed on to its one field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Member, Type};

use crate::parts::{at, enclosed};

use super::tree::AggregateId;

pub(super) fn expand(id: &AggregateId<'_>) -> TokenStream {
    let cqrs = &id.cqrs;
    let ident = &id.original.ident;
    let parts = id.fields.iter().map(|(member, ty)| {
        let (text, conversion) = (text_form(id, member, ty), conversion(id, member, ty));
        quote! { #text #conversion }
    });
    let (span, located) = at(cqrs, ident);
    let assertion = quote_spanned! { span=> #located::__private::assert_id::<#ident>() };
    enclosed(&quote! {
        #(#parts)*
        const _: () = #assertion;
        #[automatically_derived]
        impl #cqrs::aggregate::FromKey for #ident {
            fn from_key(key: &str) -> ::core::result::Result<Self, ::std::string::String> {
                ::core::result::Result::map_err(
                    <Self as ::core::str::FromStr>::from_str(key),
                    |reason| ::std::string::ToString::to_string(&reason),
                )
            }
        }
        #[automatically_derived]
        impl #cqrs::aggregate::AggregateId for #ident {}
        #cqrs::__private::bind_id! { #ident }
    })
}

fn text_form(id: &AggregateId<'_>, member: &Member, ty: &Type) -> TokenStream {
    let ident = &id.original.ident;
    let cqrs = &id.cqrs;
    let (span, located) = at(cqrs, ty);
    let text = quote_spanned! { span=> #located::aggregate::TextForm::of_type() };
    quote! {
        const TEXT: #cqrs::aggregate::TextForm<#ty> = #text;
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                TEXT.write(&self.#member, formatter)
            }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #cqrs::aggregate::InvalidId;
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::map(TEXT.read(text), |id| Self { #member: id })
            }
        }
    }
}

/// From the field, back to it, and a look at it.
fn conversion(id: &AggregateId<'_>, member: &Member, ty: &Type) -> TokenStream {
    let ident = &id.original.ident;
    quote! {
        #[automatically_derived]
        impl ::core::convert::From<#ty> for #ident {
            fn from(id: #ty) -> Self { Self { #member: id } }
        }
        #[automatically_derived]
        impl ::core::convert::From<#ident> for #ty {
            fn from(id: #ident) -> Self { id.#member }
        }
        #[automatically_derived]
        impl ::core::convert::AsRef<#ty> for #ident {
            fn as_ref(&self) -> &#ty { &self.#member }
        }
    }
}
