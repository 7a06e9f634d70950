//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;
use syn::Type;

use crate::item::is_plain;

use super::{expansion::implementation, tree::Command};

pub(super) fn expand(command: &Command<'_>, errors: &TokenStream) -> TokenStream {
    if !is_plain(command.original) {
        return errors.clone();
    }
    let ty = probable_id(command).map_or_else(|| quote!(::std::string::String), |ty| quote!(#ty));
    let stub = implementation(command, &ty, &quote!(::core::unreachable!()));
    quote! { #errors #stub }
}

/// The id if it is marked, else the first field, which usually is it.
fn probable_id<'a>(command: &Command<'a>) -> Option<&'a Type> {
    let marked = command.ids.first().map(|id| id.ty);
    marked.or_else(|| Some(&command.fields?.iter().next()?.ty))
}
