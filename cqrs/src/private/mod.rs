//! What generated code refers to beside the public traits. Nothing here is for people, and nothing is promised.

mod blocks;
mod checked;
mod decisions;
mod id;
mod kinds;
mod role;
mod text;

use std::any::TypeId;

pub use inventory;
pub use serde::Serialize;

pub use crate::{as_written, bind_id, command::existing, commands, return_events};

#[cfg(feature = "postgres")]
pub use crate::store::postgres::{id_from_value, id_to_argument};
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::{id_from_column, id_to_parameter};

pub use blocks::{CommandNames, assert_aggregate, assert_distinct_commands, assert_projection, names_of};
pub use checked::{
    FunctionRefusal, Given, Refusal, Shared, aggregate, change, decision, event, fold, function, handlers,
    kinds_of, result, returning, shared, taken_by_function, taken_by_method,
};
pub use decisions::decides;
pub use id::{CompleteId, assert_id};
pub use role::{AsAggregate, AsProjection, Role, assert_role};

/// An item as the user wrote it, in an expansion of its own.
#[doc(hidden)]
#[macro_export]
macro_rules! as_written {
    ($($item:tt)*) => { $($item)* };
}

/// The type of a function, which has no name.
pub fn type_id_of<F: 'static>(_: &F) -> TypeId {
    TypeId::of::<F>()
}
