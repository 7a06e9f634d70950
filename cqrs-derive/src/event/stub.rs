//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    item::{is_plain, named},
    parts::{enclosed, event_stub, unchecked},
};

use super::{expansion::decision, tree::Event};

pub(super) fn expand(event: &Event<'_>, errors: &TokenStream) -> TokenStream {
    if !is_plain(event.original) {
        return errors.clone();
    }
    let (stub, decision) = (event_stub(&event.cqrs, &named(event.original)), decision(event));
    let unchecked = unchecked();
    let stub = enclosed(&quote! { #unchecked #stub #decision });
    quote! { #errors #stub }
}
