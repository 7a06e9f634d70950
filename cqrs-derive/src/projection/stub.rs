//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    item::is_plain,
    parts::{enclosed, unchecked},
};

use super::{expansion::implementation, tree::Projection};

pub(super) fn expand(projection: &Projection<'_>, errors: &TokenStream) -> TokenStream {
    if !is_plain(projection.original) {
        return errors.clone();
    }
    let (unchecked, implementation) = (unchecked(), implementation(projection));
    let stub = enclosed(&quote! { #unchecked #implementation });
    quote! { #errors #stub }
}
