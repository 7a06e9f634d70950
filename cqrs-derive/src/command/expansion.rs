//! The code of a command. It is registered with its handler, by `#[command_handler]`.

use proc_macro2::TokenStream;
use quote::quote;

use crate::parts::{codec, enclosed, location};

use super::{
    shape,
    tree::{Command, IdField},
};

pub(super) fn expand(command: &Command<'_>) -> TokenStream {
    command.ids.first().map_or_else(TokenStream::new, |id| {
        let IdField { key: _, member, ty, container: _ } = id;
        implementation(
            command,
            &quote!(#ty),
            &codec(&command.cqrs, &command.original.ident),
            &quote!(&self.#member),
        )
    })
}

/// `impl Command`, whose id is of type `ty` and found by `id`.
pub(super) fn implementation(
    command: &Command<'_>,
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
    let location = location(cqrs, ident);
    enclosed(&quote! {
        #[automatically_derived]
        impl #cqrs::command::Command for #ident {
            type Id = #ty;
            const NAME: &'static str = #name;
            const ALIASES: &'static [&'static str] = &[#(#aliases),*];
            const VERSION: u32 = #version;
            const SHAPE: u64 = #shape;
            #reproducible
            const CODEC: #cqrs::event::JsonCodec<Self> = #codec;
            const LOCATION: #cqrs::Location = #location;
            fn aggregate_id(&self) -> &Self::Id { #id }
        }
    })
}
