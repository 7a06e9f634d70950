//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{item::is_plain, parts::enclosed};

use super::{
    expansion::{event_name, implementation},
    tree::Aggregate,
};

pub(super) fn expand(aggregate: &Aggregate<'_>, errors: &TokenStream) -> TokenStream {
    if !is_plain(aggregate.original) {
        return errors.clone();
    }
    let id = aggregate.id.as_ref().map_or_else(|| quote!(::std::string::String), |id| quote!(#id));
    let (event, stub) = (event_name(aggregate), enclosed(&implementation(aggregate, &id)));
    quote! { #errors #event #stub }
}
