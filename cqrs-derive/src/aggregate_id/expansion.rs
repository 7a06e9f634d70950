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
    enclosed(&quote! {
        #(#parts)*
        #[automatically_derived]
        impl #cqrs::aggregate::AggregateId for #ident {}
    })
}

fn text_form(id: &AggregateId<'_>, member: &Member, ty: &Type) -> TokenStream {
    let ident = &id.original.ident;
    let (span, _) = at(&id.cqrs, ty);
    let display = quote_spanned! { span=> ::core::fmt::Display::fmt(&self.#member, formatter) };
    let from_str = quote_spanned! { span=> <#ty as ::core::str::FromStr> };
    quote! {
        #[automatically_derived]
        impl ::core::fmt::Display for #ident {
            fn fmt(&self, formatter: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result { #display }
        }
        #[automatically_derived]
        impl ::core::str::FromStr for #ident {
            type Err = #from_str::Err;
            fn from_str(text: &str) -> ::core::result::Result<Self, Self::Err> {
                ::core::result::Result::map(#from_str::from_str(text), |id| Self { #member: id })
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
