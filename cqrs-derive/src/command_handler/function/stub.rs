//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{parts::enclosed, signature::is_named};

use super::{expansion::implementation, tree::Handler};

/// `function` is the function as the user wrote it.
pub(super) fn expand(handler: &Handler<'_>, errors: &TokenStream, function: &TokenStream) -> TokenStream {
    let signature = &handler.original.sig;
    let possible = signature.receiver().is_none() && is_named(signature);
    let stub = handler
        .command
        .filter(|_| possible)
        .map(|_| enclosed(&implementation(handler, &quote!(::core::unreachable!()))));
    quote! { #errors #function #stub }
}
