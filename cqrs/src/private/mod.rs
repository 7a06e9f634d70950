//! What generated code refers to beside the public traits. Nothing here is for people, and nothing is promised.

mod blocks;
mod checked;
mod decisions;
mod id;
mod kinds;
mod processes;
mod role;
mod text;

use std::any::TypeId;

pub use inventory;
pub use serde::{Deserialize, Deserializer, Serialize};

pub use crate::{as_written, bind_id, command::existing, commands, return_events};

#[cfg(feature = "postgres")]
pub use crate::store::postgres::{id_from_value, id_to_argument};
#[cfg(feature = "sqlite")]
pub use crate::store::sqlite::{id_from_column, id_to_parameter};

pub use blocks::{CommandNames, assert_aggregate, assert_distinct_commands, assert_projection, names_of};
pub use checked::{
    FunctionRefusal, Given, Shared, aggregate, change, fold, function, handlers, kinds_of, result, returning,
    shared, taken_by_function, transaction,
};
pub use decisions::{ErrorOf, decides};
pub use id::{CompleteId, assert_id};
pub use processes::{KeyedBy, Marked, assert_process_manager, key, marked};
pub use role::{AsAggregate, AsProcessManager, AsProjection, Role, assert_role};

use crate::{
    command::{CommandContext, MethodArgument},
    handler::{ArgumentError, ArgumentInfo},
};

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

/// An argument of a command handler: one value for what it asks for and for how it is got, so that the compiler says once
/// of a type that it is none.
pub struct Taken<'a, T> {
    pub info: ArgumentInfo,
    extract: fn(CommandContext<'a>) -> Result<T, ArgumentError>,
}

impl<'a, T> Taken<'a, T> {
    #[inline]
    pub fn from(&self, context: CommandContext<'a>) -> Result<T, ArgumentError> {
        (self.extract)(context)
    }
}

/// The argument of type `T` of a command handler of `A`.
#[inline]
pub const fn taken<'a, T: MethodArgument<'a, A>, A>() -> Taken<'a, T> {
    Taken { info: T::INFO, extract: T::extract }
}
