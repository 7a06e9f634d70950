//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    errors::Mistakes,
    item::{is_plain, is_sized, named},
    parts::{anything_is_read, enclosed, event_stub, unchecked},
};

use super::{expansion::decision, tree::Event};

pub(super) fn expand(event: &Event<'_>, mistakes: Mistakes) -> TokenStream {
    if !is_plain(event.original) {
        return mistakes.all();
    }
    let (stub, decision) = (event_stub(&event.cqrs, &named(event.original)), decision(event));
    let sized = is_sized(event.original);
    let (check, errors) = if sized { (unchecked(), mistakes.all()) } else { mistakes.into_check() };
    let read = (!sized).then(|| anything_is_read(&event.cqrs));
    let stub = enclosed(&quote! { #check #read #stub #decision });
    quote! { #errors #stub }
}
