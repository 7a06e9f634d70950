//! The store for many machines: one PostgreSQL database, version 15 or later.
//!
//! A task collects the appends that wait and hands each group to one of a few connections, which writes it by one call
//! of a function of the schema: one round trip, one transaction, an outcome for each append. Readers have connections
//! of their own. Any number of processes may use the same schema at the same time.
//!
//! Positions come from a sequence, and transactions end in any order; so a reader stops at a *horizon* below which
//! nothing can appear any more. Writers hold a shared advisory lock from before their first position until they have
//! ended, which is all a reader needs to know where the horizon is; see `horizon.rs`.

mod append;
mod binding;
mod blockers;
mod bundles;
mod check;
mod commands;
mod connect;
mod connections;
mod dead_letters;
mod explained;
mod failures;
mod faults;
mod giving_back;
mod horizon;
mod implausible;
mod inbox;
mod leases;
mod log;
mod long_streams;
mod notices;
mod options;
mod outage;
mod partitions;
mod projecting;
mod query;
mod read;
mod rows;
mod schedule;
mod schema;
mod shortage;
mod snapshots;
mod store;
mod subscription_store;
mod subscriptions;
mod timestamptz;
mod waiting;
mod writer;

use futures_util::future::BoxFuture;

use crate::handler::{AsynchronousBackend, Backend, BoxError, TransactionArgument};

use super::time;

#[doc(hidden)]
pub use binding::{id_from_value, id_to_argument};
pub use options::PostgresOptions;
pub use store::PostgresStore;
pub use timestamptz::Timestamptz;

pub(crate) use faults::{engine as engine_error, is_missing_table, is_wrong_sql};
pub(crate) use outage::is_passing;
pub(crate) use projecting::{Checkpoint, ProjectionTransaction, Session, is_concealed};

/// An error of PostgreSQL, as `sqlx` reports it.
pub use sqlx::Error as PostgresError;
/// A transaction as an event handler sees it, which it can only borrow, and so neither commit nor roll back.
pub use sqlx::PgTransaction;

/// The kind of store whose transactions are [`PgTransaction`]s.
#[derive(Clone, Copy, Debug)]
pub struct Postgres;

impl Backend for Postgres {
    type Transaction<'t> = PgTransaction<'t>;
    type Handled<'a> = BoxFuture<'a, Result<(), BoxError>>;

    const NAME: &'static str = "PostgreSQL";
}

impl AsynchronousBackend for Postgres {
    fn handled<'a>(handler: impl Future<Output = Result<(), BoxError>> + Send + 'a) -> Self::Handled<'a> {
        Box::pin(handler)
    }
}

impl TransactionArgument for PgTransaction<'static> {
    type Backend = Postgres;
}
