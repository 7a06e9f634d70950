//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::parts::enclosed;

use super::{
    expansion::{function, implementation},
    tree::Handler,
};

pub(super) fn expand(handler: &Handler<'_>, errors: &TokenStream) -> TokenStream {
    let function = function(handler);
    let stub = handler.command.map(|_| enclosed(&implementation(handler, &quote!(::core::unreachable!()))));
    quote! { #errors #function #stub }
}
