//! The code of an event.

use proc_macro2::TokenStream;
use quote::{format_ident, quote, quote_spanned};

use crate::{
    item::named,
    names::unused,
    parts::{at, checked, codec, enclosed, location, registration},
    shared::of_fields,
};

use super::tree::{Event, Kind, Tag};

pub(super) fn expand(event: &Event<'_>) -> TokenStream {
    let cqrs = &event.cqrs;
    let ident = &event.original.ident;
    let kinds = event.kinds.iter().map(|kind| kind_constant(event, kind));
    let functions = [kind_function(event), coding(event), tags_function(event)];
    let (codec, decision) = (codec(cqrs, ident), decision(event));
    let registration = registration(cqrs, "event", ident);
    let (checked, (span, located)) = (checked(), at(cqrs, ident));
    let check = quote_spanned! { span=> #located::__private::shared::<#ident>() };
    let shared = of_fields(event.original, cqrs);
    enclosed(&quote! {
        #shared
        const CHECK: usize = #check;
        const KINDS: &[#cqrs::event::EventKind] = &[#(#kinds),*];
        const CODEC: #cqrs::event::JsonCodec<#ident> = #codec;
        #[automatically_derived]
        impl #cqrs::event::Event for #ident #checked {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::These(KINDS);
            const CHECKED: usize = CHECK;
            #(#functions)*
        }
        #decision
        #registration
    })
}

fn kind_constant(event: &Event<'_>, kind: &Kind<'_>) -> TokenStream {
    let cqrs = &event.cqrs;
    let Kind { variant, ident, name, aliases, .. } = kind;
    let version = kind.number();
    let type_name = match variant {
        Some(variant) => format!("{}::{}", event.original.ident, variant.ident),
        None => ident.to_string(),
    };
    let location = location(cqrs, ident);
    quote! {
        #cqrs::event::EventKind {
            name: #name,
            version: #version,
            aliases: &[#(#aliases),*],
            type_name: #type_name,
            location: #location,
        }
    }
}

fn kind_function(event: &Event<'_>) -> TokenStream {
    let cqrs = &event.cqrs;
    let body = if event.is_enum() {
        let patterns = event.kinds.iter().map(|kind| pattern(kind, &[]));
        let indices = 0..event.kinds.len();
        quote! { match self { #(#patterns => &KINDS[#indices]),* } }
    } else {
        quote! { &KINDS[0] }
    };
    quote! { fn kind(&self) -> &'static #cqrs::event::EventKind { #body } }
}

fn coding(event: &Event<'_>) -> TokenStream {
    let cqrs = &event.cqrs;
    let (encode, decode) = if event.is_enum() {
        (quote!(encode_variant), quote!(decode_variant))
    } else {
        (quote!(encode), quote!(decode_event))
    };
    quote! {
        fn encode(&self) -> ::core::result::Result<#cqrs::event::Payload, #cqrs::event::JsonError> {
            CODEC.#encode(self)
        }
        fn decode(
            stored: &#cqrs::event::StoredEvent<'_>,
        ) -> ::core::result::Result<Self, #cqrs::event::DecodeError> {
            CODEC.#decode(stored)
        }
        fn content(&self) -> ::core::option::Option<&dyn #cqrs::event::Content> {
            ::core::option::Option::Some(CODEC.content(self))
        }
    }
}

fn tags_function(event: &Event<'_>) -> TokenStream {
    if event.kinds.iter().all(|kind| kind.tags.is_empty()) {
        return TokenStream::new();
    }
    let cqrs = &event.cqrs;
    let arms = event.kinds.iter().map(|kind| {
        let pattern = pattern(kind, &kind.tags);
        let tags = kind.tags.iter().enumerate().map(|(index, Tag { name, ty, .. })| {
            let (span, cqrs) = at(cqrs, ty);
            let value = format_ident!("tag_{index}", span = span);
            quote_spanned! { span=> #cqrs::Tag::new(#name, #value) }
        });
        quote! { #pattern => ::std::vec![#(#tags),*] }
    });
    quote! { fn tags(&self) -> ::std::vec::Vec<#cqrs::Tag> { match self { #(#arms),* } } }
}

/// Matches this kind, and binds its tags as `tag_0`, `tag_1`, …
fn pattern(kind: &Kind<'_>, tags: &[Tag<'_>]) -> TokenStream {
    let variant = kind.variant.map(|variant| &variant.ident).into_iter();
    let members = tags.iter().map(|tag| &tag.member);
    let values = (0..tags.len()).map(|index| format_ident!("tag_{index}"));
    quote! { Self #(::#variant)* { #(#members: #values,)* .. } }
}

/// For each event, not for all events at once: so that the compiler names the event and the aggregate where there is
/// no handler.
pub(super) fn decision(event: &Event<'_>) -> TokenStream {
    let cqrs = &event.cqrs;
    let ident = named(event.original);
    let (a, checked) = (unused("A", &quote!(#ident)), checked());
    quote! {
        #[automatically_derived]
        impl #cqrs::aggregate::Decision for #ident #checked {
            type Error = ::core::convert::Infallible;
        }
        #[automatically_derived]
        impl<#a: #cqrs::handler::EventHandlers> #cqrs::aggregate::IntoEvents<#a> for #ident
        where
            #ident: #cqrs::handler::EventOf<#a>,
            [(); CHECK]: ::core::marker::Sized,
        {
            type Error = ::core::convert::Infallible;
            const EMITS: #cqrs::event::EventKinds = #cqrs::__private::kinds_of::<Self>();
            fn into_events(self, events: &mut ::std::vec::Vec<#a::Event>) -> ::core::result::Result<(), Self::Error> {
                ::std::vec::Vec::push(events, ::core::convert::Into::into(self));
                ::core::result::Result::Ok(())
            }
        }
    }
}
