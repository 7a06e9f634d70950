//! The code of a process manager.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{
    item::named,
    parts::{at, checked, codec, enclosed, location, option, registration},
    shared::of_fields,
};

use super::{
    attributes::{Correlation, StartFrom, Unmatched},
    tree::ProcessManager,
};

pub(super) fn expand(manager: &ProcessManager<'_>) -> TokenStream {
    let ProcessManager { original, cqrs, id, .. } = manager;
    let ident = &original.ident;
    let implementation = implementation(manager, &quote!(#id), &codec(cqrs, ident));
    let registration = registration(cqrs, "process_manager", ident);
    let ((span, located), name) = (at(cqrs, ident), ident.to_string());
    let shared = of_fields(original, cqrs);
    let check = quote_spanned! { span=> #located::__private::fold::<#ident>() };
    let assertion = quote_spanned! { span=> #located::__private::assert_process_manager::<#ident>(#name) };
    enclosed(&quote! {
        #shared
        const CHECK: usize = #check;
        #implementation
        const _: () = #assertion;
        #registration
    })
}

/// `impl ProcessManager`, whose id is of type `id`.
pub(super) fn implementation(
    manager: &ProcessManager<'_>,
    id: &TokenStream,
    codec: &TokenStream,
) -> TokenStream {
    let ProcessManager { original, cqrs, name, version, .. } = manager;
    let ident = &original.ident;
    let (location, checked, named) = (location(cqrs, ident), checked(), named(original));
    let category = format!("process/{}", name.text);
    let (from, correlation, unmatched) = (from(manager), correlation(manager), unmatched(manager));
    quote! {
        #[automatically_derived]
        impl #cqrs::process::ProcessManager for #named #checked {
            type Id = #id;
            const NAME: &'static str = #name;
            const CATEGORY: &'static str = #category;
            const FROM: #cqrs::process::StartFrom = #cqrs::process::StartFrom::#from;
            const VERSION: u32 = #version;
            const CORRELATION: ::core::option::Option<#cqrs::process::Correlation> = #correlation;
            const UNMATCHED: #cqrs::process::Unmatched = #cqrs::process::Unmatched::#unmatched;
            const CODEC: #cqrs::event::JsonCodec<Self> = #codec;
            const LOCATION: #cqrs::Location = #location;
            const CHECKED: usize = CHECK;
        }
    }
}

fn from(manager: &ProcessManager<'_>) -> TokenStream {
    match manager.from {
        Some(StartFrom::Start) => quote!(Start),
        // Where it was not said, which is a mistake, it does nothing about history.
        Some(StartFrom::Now) | None => quote!(Now),
    }
}

fn correlation(manager: &ProcessManager<'_>) -> TokenStream {
    let cqrs = &manager.cqrs;
    let way = manager.correlate.map(|way| match way {
        Correlation::Stream => quote!(#cqrs::process::Correlation::Stream),
        Correlation::Cause => quote!(#cqrs::process::Correlation::Cause),
    });
    option(way)
}

fn unmatched(manager: &ProcessManager<'_>) -> TokenStream {
    match &manager.unmatched {
        Unmatched::Ignore => quote!(Ignore),
        Unmatched::Park => quote!(Park),
        Unmatched::Retry(time) => quote!(Retry(#time)),
    }
}
