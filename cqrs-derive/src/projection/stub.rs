//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{item::is_plain, parts::enclosed};

use super::{expansion::implementation, tree::Projection};

pub(super) fn expand(projection: &Projection<'_>, errors: &TokenStream) -> TokenStream {
    if !is_plain(projection.original) {
        return errors.clone();
    }
    let stub = enclosed(&implementation(projection));
    quote! { #errors #stub }
}
