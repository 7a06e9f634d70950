//! Which way a projection runs, known at compile time from what its event handlers take.

use std::sync::Arc;

use futures_util::future::BoxFuture;

use crate::{
    handler::{Fold, InMemory},
    store::{Store, StoreError},
    subscription::{Environment, Running},
};

use super::{Model, Projection, in_memory};

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use {
    super::{ProjectionBackend, partitioned, projector},
    crate::handler::{InTransaction, TransactionalHandlers},
};

/// A projection whose content is read in memory.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a projection in memory: read what it wrote by SQL, from the store",
    label = "its content is in tables, or it is no projection",
    note = "a projection in memory derives `Default`, and its event handlers take `&mut self`"
)]
pub trait ReadInMemory: Sized + 'static {
    #[doc(hidden)]
    fn prepare(environment: &Environment) -> Running;

    #[doc(hidden)]
    fn empty() -> Model<Self>;
}

#[diagnostic::do_not_recommend]
impl<P: Projection<Kind = InMemory> + Fold + Default> ReadInMemory for P {
    fn prepare(environment: &Environment) -> Running {
        <InMemory as RunProjection<P>>::prepare(environment)
    }

    fn empty() -> Model<P> {
        Model::default()
    }
}

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

    /// Returns what is wrong with the projection in this store, so that the application must not start.
    #[doc(hidden)]
    fn check(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<(), StoreError>> {
        let _ = store;
        Box::pin(async { Ok(()) })
    }
}

impl<P: Projection + Fold + Default> RunProjection<P> for InMemory {
    const BACKEND: Option<&'static str> = None;

    fn prepare(environment: &Environment) -> Running {
        const {
            assert!(
                P::PARTITIONS.is_empty(),
                "a projection in memory is whole in each process: leave `partitions` out"
            );
        }
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
        const {
            assert!(
                P::PARTITIONS.is_empty() || B::DIVISIBLE,
                "`partitions` needs a store that several processes share: give the event handlers `tx: &mut PgTransaction<'_>`"
            );
        }
        let projection = B::projection::<P>();
        if P::PARTITIONS.is_empty() {
            projector::prepare(projection, environment)
        } else {
            partitioned::prepare(projection, environment)
        }
    }

    fn check(store: &Arc<dyn Store>) -> BoxFuture<'_, Result<(), StoreError>> {
        Box::pin(async move {
            match B::projection::<P>().begin(store).await {
                Err(error @ (StoreError::OtherPartitions { .. } | StoreError::ProjectionSql { .. })) => {
                    Err(error)
                }
                // Anything else is for the projection itself to meet, and to get over.
                _ => Ok(()),
            }
        })
    }
}
