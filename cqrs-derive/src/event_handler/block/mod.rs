//! `#[event_handler]` on an `impl` block: a fold over the events its methods take.

mod attributes;
mod checks;
mod events;
mod expansion;
mod marks;
mod processes;
mod stub;
mod tree;
mod unfinished;
mod values;

use proc_macro2::TokenStream;
use syn::ItemImpl;

use crate::{
    command_handler,
    errors::Errors,
    misplaced::{has_command_handlers, report, without_others},
    same_name::told_apart,
};

pub(super) fn expand(arguments: TokenStream, block: &ItemImpl) -> TokenStream {
    let errors = Errors::new();
    let block = told_apart(without_others(block.clone(), &errors), &errors);
    let (block, marks) = marks::taken(block, &errors);
    let block = &block;
    if has_command_handlers(block) {
        report("these are command handlers: write `#[command_handler]`", &errors);
        return command_handler::instead(block, errors);
    }
    let block = tree::Block::read(arguments, block, marks, &errors);
    checks::check(&block, &errors);
    match errors.mistakes() {
        None => expansion::expand(&block),
        Some(mistakes) => stub::expand(&block, mistakes),
    }
}

/// Event handlers under another attribute, which is among the errors; there is at least this one.
pub(crate) fn instead(block: &ItemImpl, errors: Errors) -> TokenStream {
    let unsaid = Errors::new();
    let (block, marks) = marks::taken(block.clone(), &unsaid);
    let block = tree::Block::read(TokenStream::new(), &block, marks, &unsaid);
    unsaid.forget();
    errors.mistakes().map(|mistakes| stub::expand(&block, mistakes)).unwrap_or_default()
}

/// A block that does not parse: `item`, of which `block` is what can be read.
pub(super) fn expand_unfinished(arguments: TokenStream, block: &ItemImpl, item: &TokenStream) -> TokenStream {
    let errors = Errors::new();
    let (block, marks) = marks::taken(block.clone(), &errors);
    let block = tree::Block::read(arguments, &block, marks, &errors);
    errors.forget();
    unfinished::expand(&block, item)
}
