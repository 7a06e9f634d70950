//! One batch of events of a version that is built, and the taking over after the last.

use crate::{
    event::{Event, RecordedEvent},
    handler::TransactionalHandlers,
    message::Position,
    projection::{
        Projection,
        batch::{Applied, Batch, newer},
        in_database::ApplyError,
    },
    store::{
        StoreError, Subscription,
        postgres::{Postgres, PostgresStore, ProjectionTransaction},
        read_page,
    },
    subscription::Wanted,
};

use super::{
    build::Build,
    handling::{Manner, handle_all, parked},
};

/// Applies a batch to tables beside those that are read, in a transaction.
pub(super) async fn apply_to_build<P>(
    store: &PostgresStore,
    batch: &Batch,
    manner: Manner,
    build: &Build,
) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let mut tx = store.begin_projecting().await?;
    match apply_within::<P>(&mut tx, batch, manner, build).await {
        Ok(applied) => {
            tx.commit().await?;
            Ok(applied)
        }
        Err(error) => {
            // A connection that is gone is the cause, whatever the event handler made of it.
            tx.roll_back().await?;
            Err(error)
        }
    }
}

/// Applies a batch to tables beside those that are read, which they replace once there is nothing left to apply. Who keeps those up waits meanwhile,
/// so that what he has applied since the batch was read can be, too.
async fn apply_within<P>(
    tx: &mut ProjectionTransaction,
    batch: &Batch,
    manner: Manner,
    build: &Build,
) -> Result<Applied, ApplyError>
where
    P: Projection + TransactionalHandlers<Backend = Postgres>,
{
    let served = if batch.complete { lock_served::<P>(tx).await? } else { None };
    build.enter(tx).await?;
    batch.claim::<P>(tx.lock(&batch.name).await?)?;
    let mut parked = parked::<P>(tx, batch).await?;
    handle_all::<P>(tx, batch, batch.wanted(), &mut parked, manner).await?;
    let rest = match &served {
        Some(served) => rest::<P>(batch, served.position).await?,
        None => None,
    };
    let Some((events, to)) = rest else {
        tx.advance(&batch.name, batch.to).await?;
        return Ok(Applied::up_to(batch.to));
    };
    handle_all::<P>(tx, batch, events.iter(), &mut parked, manner).await?;
    tx.advance(&batch.name, to).await?;
    build.take_over(tx).await?;
    Ok(Applied { to, took_over: true })
}

async fn lock_served<P: Projection>(
    tx: &mut ProjectionTransaction,
) -> Result<Option<Subscription>, StoreError> {
    tx.lock_all().await?;
    match tx.lock(P::NAME).await? {
        Some(served) if served.version > P::VERSION => Err(newer::<P>(served.version)),
        served => Ok(served),
    }
}

/// The events after a batch that those who keep the served tables up have applied, and how far they go; `None` if they
/// are more than a batch, or are not known to be final here.
async fn rest<P: Projection>(
    batch: &Batch,
    served: Position,
) -> Result<Option<(Vec<RecordedEvent>, Position)>, StoreError> {
    if served <= batch.to {
        return Ok(Some((Vec::new(), batch.to)));
    }
    let query = Wanted::of(Some(P::Event::KINDS)).after(batch.to).up_to(served);
    let (events, end) = read_page(&*batch.store, &query, batch.limit).await?;
    Ok((end.complete && end.position >= served).then_some((events, served)))
}
