//! A block that does not parse. The compiler has said so; nothing else may be said.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};
use quote::quote;

use crate::{item::can_be_named, parts::enclosed, unfinished::as_written};

use super::{events::declaration, marks::MARKS, processes::timers, stub::implementations, tree::Block};

/// `item` is the block as it was written, and `block` what can be read of it.
pub(super) fn expand(block: &Block<'_>, item: &TokenStream) -> TokenStream {
    let item = as_written(&block.cqrs, &without_marks(item));
    if !can_be_named(block.original) {
        return item;
    }
    let (declaration, set, way_in) = (declaration(block), event_set(block), way_in(block));
    let timers = timers(block);
    let implementations = implementations(block);
    let enclosed = enclosed(&quote! { #declaration #set #way_in #implementations #(#timers)* });
    quote! { #item #enclosed }
}

/// Every event there is counts as handled: its handler may be the one that cannot be read.
fn way_in(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, subject, event, .. } = block;
    quote! {
        #[automatically_derived]
        impl<AnyEvent: #cqrs::event::Event + #cqrs::__private::Serialize> ::core::convert::From<AnyEvent> for #event {
            fn from(_: AnyEvent) -> Self { ::core::unreachable!() }
        }
        #cqrs::__private::return_events!(#subject, #event);
    }
}

fn event_set(block: &Block<'_>) -> TokenStream {
    let Block { cqrs, event, .. } = block;
    quote! {
        #[automatically_derived]
        impl #cqrs::handler::EventSet for #event {
            const KINDS: #cqrs::event::EventKinds = #cqrs::event::EventKinds::These(&[]);
            const MEMBERS: &'static [#cqrs::handler::Member<Self>] = &[];
            fn held(&self) -> &dyn #cqrs::handler::HeldEvent { ::core::unreachable!() }
        }
    }
}

/// The block without the attributes of its methods that nobody knows but this macro. The methods stay as they are, and so does a
/// block without such attributes: of tokens that are put together anew the compiler says again what it has said.
fn without_marks(item: &TokenStream) -> TokenStream {
    let tokens = item.clone().into_iter().map(|token| match token {
        TokenTree::Group(content) if has_marks(&content) => {
            let mut left = Group::new(Delimiter::Brace, methods_alone(content.stream()));
            left.set_span(content.span());
            left.into()
        }
        other => other,
    });
    tokens.collect()
}

fn has_marks(content: &Group) -> bool {
    content.delimiter() == Delimiter::Brace && content.stream().into_iter().any(|token| is_mark(&token))
}

fn methods_alone(content: TokenStream) -> TokenStream {
    let mut left: Vec<TokenTree> = Vec::new();
    for token in content {
        if is_mark(&token) && matches!(left.last(), Some(TokenTree::Punct(hash)) if hash.as_char() == '#') {
            left.pop();
        } else {
            left.push(token);
        }
    }
    left.into_iter().collect()
}

/// `[correlate(..)]`, after its `#`.
fn is_mark(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    let first = group.stream().into_iter().next();
    matches!(first, Some(TokenTree::Ident(first)) if MARKS.iter().any(|mark| first == mark))
}
