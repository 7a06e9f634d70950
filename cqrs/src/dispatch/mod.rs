//! From a command to its events: load, decide, fold, append, and again if somebody was faster.

mod function;
mod handled;

pub use function::{Change, CommandFunction, IntoChanges, changed};
pub use handled::{AggregateHandler, CommandHandler, FunctionHandler, HandledCommand};
