//! What generated code refers to beside the public traits. Nothing here is for people, and nothing is promised.

pub use inventory;

pub use crate::{
    command::{decided, existing},
    dispatch::changed,
};

use crate::aggregate::Aggregate;

/// Stops the compilation where an aggregate has an event handler that is not pure.
pub const fn assert_pure<A: Aggregate>() {
    let mut index = 0;
    while index < A::HANDLERS.len() {
        assert!(A::HANDLERS[index].is_pure(), "{}", A::HANDLERS[index].impure);
        index += 1;
    }
}
