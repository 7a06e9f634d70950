//! The code of a command. It is registered with its handler, by `#[command_handler]`.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};

use crate::{
    item::named,
    parts::{at, checked, codec, enclosed, location},
    shared::of_fields,
};

use super::{
    shape,
    tree::{Command, IdField},
};

pub(super) fn expand(command: &Command<'_>) -> TokenStream {
    command.ids.first().map_or_else(TokenStream::new, |id| {
        let IdField { key: _, member, ty, container: _ } = id;
        let ident = &command.original.ident;
        let (span, cqrs) = at(&command.cqrs, ident);
        let check = quote_spanned! { span=> #cqrs::__private::shared::<#ident>() };
        let shared = of_fields(command.original, &command.cqrs).map(|shared| enclosed(&shared));
        let codec = codec(&command.cqrs, ident);
        let implementation = implementation(command, &check, &quote!(#ty), &codec, &quote!(&self.#member));
        quote! { #shared #implementation }
    })
}

/// `impl Command`, of which `check` is asked, whose id is of type `ty` and found by `id`.
pub(super) fn implementation(
    command: &Command<'_>,
    check: &TokenStream,
    ty: &TokenStream,
    codec: &TokenStream,
    id: &TokenStream,
) -> TokenStream {
    let Command { original, cqrs, name, aliases, version, ids: _, fields: _ } = command;
    let shape = shape::of(command);
    let reproducible = shape::has_sets(command).then(|| {
        quote!(
            const REPRODUCIBLE: bool = false;
        )
    });
    let ident = &original.ident;
    let (location, checked, named) = (location(cqrs, ident), checked(), named(original));
    enclosed(&quote! {
        const CHECK: usize = #check;
        #[automatically_derived]
        impl #cqrs::command::Command for #named #checked {
            type Id = #ty;
            const NAME: &'static str = #name;
            const ALIASES: &'static [&'static str] = &[#(#aliases),*];
            const VERSION: u32 = #version;
            const SHAPE: u64 = #shape;
            #reproducible
            const CODEC: #cqrs::event::JsonCodec<Self> = #codec;
            const LOCATION: #cqrs::Location = #location;
            const CHECKED: usize = CHECK;
            fn aggregate_id(&self) -> &Self::Id { #id }
        }
    })
}
