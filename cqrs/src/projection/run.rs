//! Which way a projection runs, known at compile time from what its event handlers take.

use crate::{
    handler::{Fold, InMemory},
    subscription::{Environment, Running},
};

use super::{Projection, in_memory};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use {
    super::{ProjectionBackend, projector},
    crate::handler::{InTransaction, TransactionalHandlers},
};

/// A way of running the projection `P`.
#[diagnostic::on_unimplemented(
    message = "the projection `{P}` cannot be run",
    label = "a projection in memory needs `Default`, and event handlers with `&mut self`",
    note = "derive `Default` for `{P}`, or give every event handler of `{P}` a transaction, such as `tx: &mut SqliteTransaction<'_>`"
)]
pub trait RunProjection<P> {
    /// The kind of store it needs; `None` means any.
    const BACKEND: Option<&'static str>;

    #[doc(hidden)]
    fn prepare(environment: &Environment) -> Running;
}

impl<P: Projection + Fold + Default> RunProjection<P> for InMemory {
    const BACKEND: Option<&'static str> = None;

    fn prepare(environment: &Environment) -> Running {
        in_memory::prepare::<P>(environment)
    }
}

#[cfg(any(feature = "sqlite", feature = "postgres"))]
impl<B, P> RunProjection<P> for InTransaction<B>
where
    B: ProjectionBackend,
    P: Projection + TransactionalHandlers<Backend = B>,
{
    const BACKEND: Option<&'static str> = Some(B::NAME);

    fn prepare(environment: &Environment) -> Running {
        projector::prepare::<P>(environment)
    }
}
