//! An item with a syntax error, as it is all the time while somebody types: what can still be read of it.
//!
//! The compiler has reported the error already, before it calls the macro. So nothing is said here; what is read only
//! stands for what was meant, so that nothing else is reported.

use proc_macro2::{Delimiter, Group, Ident, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::{FnArg, ImplItem, ImplItemFn, ItemFn, ItemImpl, Path, Type, parse_quote};

/// The block with every method whose signature can be read, or `None` where not even its header can.
pub(crate) fn block(item: TokenStream) -> Option<ItemImpl> {
    let mut tokens: Vec<TokenTree> = item.into_iter().collect();
    let Some(TokenTree::Group(content)) = tokens.pop() else { return None };
    let header: TokenStream = tokens.into_iter().collect();
    let mut block: ItemImpl = syn::parse2(quote! { #header {} }).ok()?;
    let methods = pieces(content.stream()).into_iter().filter_map(|piece| method(&piece));
    block.items = methods.map(ImplItem::Fn).collect();
    Some(block)
}

/// The function without its body.
pub(crate) fn function(item: TokenStream) -> Option<ItemFn> {
    let ImplItemFn { sig, .. } = method(&item.into_iter().collect::<Vec<_>>())?;
    Some(parse_quote! { #sig { ::core::unreachable!() } })
}

/// The item as it was written, in an expansion of its own: what does not parse takes nothing else with it.
pub(crate) fn as_written(cqrs: &Path, item: &TokenStream) -> TokenStream {
    quote! { #cqrs::__private::as_written! { #item } }
}

/// The content of a block, cut after each body and each `;`.
fn pieces(content: TokenStream) -> Vec<Vec<TokenTree>> {
    let mut pieces = vec![Vec::new()];
    for token in content {
        let ends = match &token {
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            TokenTree::Punct(punct) => punct.as_char() == ';',
            TokenTree::Ident(_) | TokenTree::Literal(_) => false,
        };
        if let Some(piece) = pieces.last_mut() {
            piece.push(token);
        }
        if ends {
            pieces.push(Vec::new());
        }
    }
    pieces
}

/// The method in a piece, from its `fn` on; arguments that cannot be read are left out.
fn method(piece: &[TokenTree]) -> Option<ImplItemFn> {
    let start = piece.iter().rposition(|token| matches!(token, TokenTree::Ident(word) if word == "fn"))?;
    let mut tokens = piece[start + 1..].iter();
    let Some(TokenTree::Ident(name)) = tokens.next() else { return None };
    let is_list = |token: &&TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Parenthesis);
    let Some(TokenTree::Group(list)) = tokens.find(is_list) else { return None };
    let returned = returned(&tokens.cloned().collect::<Vec<_>>()).map(|ty| quote!(-> #ty));
    let waits = piece[..start].iter().any(|token| matches!(token, TokenTree::Ident(word) if word == "async"));
    let asyncness = waits.then(|| quote!(async));
    let (name, arguments): (&Ident, _) = (name, arguments(list));
    let timer = is_timer(&piece[..start]).then(|| quote!(#[timer]));
    syn::parse2(quote! { #timer #asyncness fn #name(#(#arguments),*) #returned { ::core::unreachable!() } })
        .ok()
}

/// Whether the method's event is one that can be scheduled.
fn is_timer(before: &[TokenTree]) -> bool {
    let is_mark =
        |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.stream().to_string() == "timer");
    before.iter().any(is_mark)
}

/// The arguments that can be read, the receiver first.
fn arguments(list: &Group) -> Vec<FnArg> {
    let tokens: Vec<TokenTree> = list.stream().into_iter().collect();
    let mut depth = 0_i32;
    let arguments = tokens.split(|token| {
        let TokenTree::Punct(punct) = token else { return false };
        depth += i32::from(punct.as_char() == '<') - i32::from(punct.as_char() == '>');
        depth <= 0 && punct.as_char() == ','
    });
    let mut arguments: Vec<FnArg> = arguments.flat_map(argument).collect();
    arguments.sort_by_key(|argument| matches!(argument, FnArg::Typed(_)));
    arguments
}

/// The argument, or two where a comma is missing between them.
fn argument(tokens: &[TokenTree]) -> Vec<FnArg> {
    let read = |tokens: &[TokenTree]| syn::parse2(stream(tokens)).ok();
    if let Some(argument) = read(tokens) {
        return vec![argument];
    }
    let second = (1..tokens.len()).find_map(|start| Some((start, read(&tokens[start..])?)));
    let Some((start, second)) = second else { return Vec::new() };
    read(&tokens[..start]).into_iter().chain([second]).collect()
}

/// What stands between `->` and the body.
fn returned(tail: &[TokenTree]) -> Option<Type> {
    let arrow =
        tail.iter().position(|token| matches!(token, TokenTree::Punct(punct) if punct.as_char() == '>'))?;
    let body = tail
        .iter()
        .rposition(|token| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace));
    syn::parse2(stream(tail.get(arrow + 1..body.unwrap_or(tail.len()))?)).ok()
}

fn stream(tokens: &[TokenTree]) -> TokenStream {
    tokens.iter().map(ToTokens::to_token_stream).collect()
}
