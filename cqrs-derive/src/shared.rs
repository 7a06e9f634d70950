//! Fields that cannot be shared between threads, as far as the words of their types say so.

use proc_macro2::TokenStream;
use quote::{quote, quote_spanned};
use syn::{Data, DeriveInput, Path, Type, TypePath, TypePtr, visit::Visit};

use crate::parts::at;

/// Types that stay in one thread.
const OF_ONE_THREAD: [&str; 5] = ["Rc", "RefCell", "Cell", "UnsafeCell", "OnceCell"];

/// For a type with such a field: each field is asked, and says so itself. The type is then what its fields are, so that
/// nobody asks it again; without the question to the fields this would not be sound.
pub(crate) fn of_fields(input: &DeriveInput, cqrs: &Path) -> Option<TokenStream> {
    let mut found = OfOneThread(false);
    found.visit_data(&input.data);
    if !found.0 {
        return None;
    }
    let ident = &input.ident;
    let questions = fields(&input.data).into_iter().map(|ty| {
        let (span, cqrs) = at(cqrs, ty);
        quote_spanned! { span=> #cqrs::__private::shared::<#ty>() }
    });
    Some(quote! {
        #(const _: usize = #questions;)*
        unsafe impl ::core::marker::Send for #ident {}
        unsafe impl ::core::marker::Sync for #ident {}
    })
}

fn fields(data: &Data) -> Vec<&Type> {
    match data {
        Data::Struct(data) => data.fields.iter().map(|field| &field.ty).collect(),
        Data::Enum(data) => {
            data.variants.iter().flat_map(|variant| &variant.fields).map(|field| &field.ty).collect()
        }
        Data::Union(_) => Vec::new(),
    }
}

struct OfOneThread(bool);

impl<'ast> Visit<'ast> for OfOneThread {
    fn visit_type_path(&mut self, ty: &'ast TypePath) {
        let last = ty.path.segments.last();
        self.0 |= last.is_some_and(|last| OF_ONE_THREAD.iter().any(|name| last.ident == name));
        syn::visit::visit_type_path(self, ty);
    }

    fn visit_type_ptr(&mut self, _: &'ast TypePtr) {
        self.0 = true;
    }
}
