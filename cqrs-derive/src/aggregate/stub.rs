//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{
    errors::Mistakes,
    item::is_plain,
    parts::{enclosed, unchecked},
};

use super::{
    expansion::{event_name, implementation},
    tree::Aggregate,
};

pub(super) fn expand(aggregate: &Aggregate<'_>, mistakes: Mistakes) -> TokenStream {
    if !is_plain(aggregate.original) {
        return mistakes.all();
    }
    let (id, errors) = mistakes.unless_known(aggregate.id.as_ref());
    let (unchecked, implementation) =
        (unchecked(), implementation(aggregate, &id, &quote!(::core::unreachable!())));
    let (event, stub) = (event_name(aggregate), enclosed(&quote! { #unchecked #implementation }));
    quote! { #errors #event #stub }
}
