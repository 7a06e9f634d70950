//! The code of an aggregate.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{
    item::named,
    parts::{at, checked, codec, enclosed, location, option, registration},
    shared::of_fields,
};

use super::tree::Aggregate;

pub(super) fn expand(aggregate: &Aggregate<'_>) -> TokenStream {
    let cqrs = &aggregate.cqrs;
    let ident = &aggregate.original.ident;
    let id = &aggregate.id;
    let event = event_name(aggregate);
    let implementation = implementation(aggregate, &quote!(#id), &codec(cqrs, ident));
    let registration = registration(cqrs, "aggregate", ident);
    let ((span, located), name) = (at(cqrs, ident), ident.to_string());
    let shared = of_fields(aggregate.original, cqrs);
    let check = quote_spanned! { span=> #located::__private::fold::<#ident>() };
    let assertion = quote_spanned! { span=> #located::__private::assert_aggregate::<#ident>(#name) };
    let enclosed = enclosed(&quote! {
        #shared
        const CHECK: usize = #check;
        #implementation
        const _: () = #assertion;
        #registration
    });
    quote! { #event #enclosed }
}

/// Gives the enum, which `#[event_handler]` writes, a name the user can write.
pub(super) fn event_name(aggregate: &Aggregate<'_>) -> TokenStream {
    let Aggregate { original, cqrs, event, .. } = aggregate;
    let (visibility, ident) = (&original.vis, &original.ident);
    let (documentation, named) = (format!("Every event of [`{ident}`]."), named(original));
    quote! {
        #[doc = #documentation]
        #[allow(dead_code)]
        #visibility type #event = <#named as #cqrs::handler::EventHandlers>::Event;
    }
}

/// `impl Aggregate`, whose id is of type `id`.
pub(super) fn implementation(
    aggregate: &Aggregate<'_>,
    id: &TokenStream,
    codec: &TokenStream,
) -> TokenStream {
    let Aggregate { original, cqrs, id: _, category, event: _, snapshot_every, shape } = aggregate;
    let ident = &original.ident;
    let (location, checked, named) = (location(cqrs, ident), checked(), named(original));
    let snapshot_every = option(*snapshot_every);
    quote! {
        #[automatically_derived]
        impl #cqrs::aggregate::Aggregate for #named #checked {
            type Id = #id;
            const CATEGORY: &'static str = #category;
            const SNAPSHOT_EVERY: ::core::option::Option<u64> = #snapshot_every;
            const SHAPE: u64 = #shape;
            const CODEC: #cqrs::event::JsonCodec<Self> = #codec;
            const LOCATION: #cqrs::Location = #location;
            const CHECKED: usize = CHECK;
        }
    }
}
