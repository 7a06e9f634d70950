//! The code of a projection.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;

use crate::{
    names::unused,
    parts::{at, checked, enclosed, location, option, registration},
    shared::of_fields,
};

use super::{attributes::OnFailure, tree::Projection};

pub(super) fn expand(projection: &Projection<'_>) -> TokenStream {
    let Projection { original, cqrs, .. } = projection;
    let implementation = implementation(projection);
    let (ident, (span, located), name) =
        (&original.ident, at(cqrs, &original.ident), original.ident.to_string());
    let shared = of_fields(original, cqrs);
    let check = quote_spanned! { span=> #located::__private::handlers::<#ident>() };
    let subject = unused("Subject", &quote!(#ident));
    let registration = registration(cqrs, "projection", &subject);
    let assertion = quote_spanned! { span=> #located::__private::assert_projection::<#ident>(#name) };
    enclosed(&quote! {
        #shared
        const CHECK: usize = #check;
        type #subject = <[(); CHECK] as #cqrs::__private::Given<#ident>>::Type;
        #implementation
        const _: () = #assertion;
        #registration
    })
}

/// `impl Projection`.
pub(super) fn implementation(projection: &Projection<'_>) -> TokenStream {
    let Projection { original, cqrs, name, aliases, version, on_failure, schema, reset, .. } = projection;
    let ident = &original.ident;
    let (location, checked) = (location(cqrs, ident), checked());
    let on_failure = match on_failure {
        OnFailure::Stop => quote!(Stop),
        OnFailure::Park => quote!(Park),
    };
    let partitions = partitions(projection);
    let (schema, reset) = (option(schema.as_ref()), option(reset.as_ref()));
    quote! {
        #[automatically_derived]
        impl #cqrs::projection::Projection for #ident #checked {
            const NAME: &'static str = #name;
            const ALIASES: &'static [&'static str] = &[#(#aliases),*];
            const VERSION: u32 = #version;
            const ON_FAILURE: #cqrs::projection::OnFailure = #cqrs::projection::OnFailure::#on_failure;
            const SCHEMA: ::core::option::Option<&'static str> = #schema;
            const RESET: ::core::option::Option<&'static str> = #reset;
            const LOCATION: #cqrs::Location = #location;
            #partitions
        }
    }
}

/// The names of the partitions, and what divides them, where the defaults are not meant.
fn partitions(projection: &Projection<'_>) -> TokenStream {
    let Projection { cqrs, name, partitions, partition_by, .. } = projection;
    let names = partitions.as_ref().map(|(_, number)| {
        let names = (0..*number).map(|index| format!("{}/{index}", name.text));
        quote! { const PARTITIONS: &'static [&'static str] = &[#(#names),*]; }
    });
    let key = partition_by.as_ref().map(|path| {
        // The same argument, whatever the span of the path.
        let event = quote!(event);
        let call = quote_spanned! { path.span()=> #path(#event) };
        quote! {
            fn partition_key(#event: &#cqrs::event::RecordedEvent) -> ::std::string::String {
                ::std::string::ToString::to_string(&#call)
            }
        }
    });
    quote! { #names #key }
}
