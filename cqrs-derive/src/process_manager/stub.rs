//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    errors::Mistakes,
    item::is_plain,
    parts::{enclosed, unchecked},
};

use super::{expansion::implementation, tree::ProcessManager};

pub(super) fn expand(manager: &ProcessManager<'_>, mistakes: Mistakes) -> TokenStream {
    if !is_plain(manager.original) {
        return mistakes.all();
    }
    let (id, errors) = mistakes.unless_known(manager.id.as_ref());
    let (unchecked, implementation) =
        (unchecked(), implementation(manager, &id, &quote!(::core::unreachable!())));
    let stub = enclosed(&quote! { #unchecked #implementation });
    quote! { #errors #stub }
}
