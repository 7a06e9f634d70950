//! After a mistake: just enough for the rest of the user's code to compile, so that the mistake stands alone.

use proc_macro2::TokenStream;
use quote::quote;

use crate::{errors::Mistakes, item::is_plain};

use super::{
    expansion::implementation,
    tree::{Command, IdField},
};

pub(super) fn expand(command: &Command<'_>, mistakes: Mistakes) -> TokenStream {
    if !is_plain(command.original) {
        return mistakes.all();
    }
    let (id, errors) = mistakes.unless_known(command.ids.first().and_then(IdField::id));
    let unreachable = quote!(::core::unreachable!());
    let stub = implementation(command, &quote!(0), &id, &unreachable, &unreachable);
    quote! { #errors #stub }
}
