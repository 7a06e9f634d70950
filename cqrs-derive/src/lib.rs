//! The macros of `cqrs`.
//!
//! Each has a folder, and in it a file for each stage: `attributes` (what the keys say), `tree` (the item as the
//! macro sees it), `checks` (the rules), `expansion` (the code), `stub` (what replaces the code after a mistake).

mod aggregate;
mod aggregate_id;
mod command;
mod command_handler;
mod errors;
mod event;
mod event_handler;
mod fingerprint;
mod item;
mod keys;
mod misplaced;
mod names;
mod objects;
mod owned;
mod parts;
mod process_manager;
mod projection;
mod same_name;
mod serde_form;
mod shared;
mod signature;
#[cfg(test)]
mod size_of_expansion;
mod unfinished;
mod written;

use proc_macro::TokenStream;
use syn::{DeriveInput, parse_macro_input};

#[doc = include_str!("../docs/event.md")]
#[proc_macro_derive(Event, attributes(event))]
pub fn derive_event(input: TokenStream) -> TokenStream {
    event::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/command.md")]
#[proc_macro_derive(Command, attributes(command))]
pub fn derive_command(input: TokenStream) -> TokenStream {
    command::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/aggregate_id.md")]
#[proc_macro_derive(AggregateId, attributes(aggregate_id))]
pub fn derive_aggregate_id(input: TokenStream) -> TokenStream {
    aggregate_id::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/aggregate.md")]
#[proc_macro_derive(Aggregate, attributes(aggregate))]
pub fn derive_aggregate(input: TokenStream) -> TokenStream {
    aggregate::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/projection.md")]
#[proc_macro_derive(Projection, attributes(projection))]
pub fn derive_projection(input: TokenStream) -> TokenStream {
    projection::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/process_manager.md")]
#[proc_macro_derive(ProcessManager, attributes(process_manager))]
pub fn derive_process_manager(input: TokenStream) -> TokenStream {
    process_manager::expand(&parse_macro_input!(input as DeriveInput)).into()
}

#[doc = include_str!("../docs/event_handler.md")]
#[proc_macro_attribute]
pub fn event_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    event_handler::expand(arguments.into(), &item.into()).into()
}

#[doc = include_str!("../docs/command_handler.md")]
#[proc_macro_attribute]
pub fn command_handler(arguments: TokenStream, item: TokenStream) -> TokenStream {
    command_handler::expand(arguments.into(), &item.into()).into()
}
