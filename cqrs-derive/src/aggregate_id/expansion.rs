//! The code of an id type: everything is passed on to its one field.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Member, Type};

use crate::parts::{enclosed, located};

use super::tree::AggregateId;

pub(super) fn expand(id: &AggregateId<'_>) -> TokenStream {
    let cqrs = &id.cqrs;
    let ident = &id.original.ident;
    let parts = id.fields.iter().map(|(member, ty)| {
        let (text, conversion) = (text_form(id, member, ty), conversion(id, member, ty));
        quote! { #text #conversion }
    });
    enclosed(&quote! {
        #(#parts)*
        #[automatically_derived]
        impl #cqrs::aggregate::AggregateId for #ident {}
    })
}

fn text_form(id: &AggregateId<'_>, member: &Member, ty: &Type) -> TokenStream {
    let ident = &id.original.ident;
    let display = quote_spanned! { located(ty)=> ::core::fmt::Display::fmt(&self.#member, formatter) };
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #display }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = <#ty as ::core::str::FromStr>::Err;
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::map(<#ty as ::core::str::FromStr>::from_str(text), |id| Self { #member: id })
            }
        }
    }
}

fn conversion(id: &AggregateId<'_>, member: &Member, ty: &Type) -> TokenStream {
    let ident = &id.original.ident;
    quote! {
        #[automatically_derived]
        impl ::core::convert::From<#ty> for #ident {
            fn from(id: #ty) -> Self { Self { #member: id } }
        }
    }
}
