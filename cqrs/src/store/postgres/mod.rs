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
mod connect;
mod dead_letters;
mod failures;
mod faults;
mod horizon;
mod inbox;
mod leases;
mod notices;
mod options;
mod query;
mod read;
mod rows;
mod schema;
mod snapshots;
mod store;
mod subscription_store;
mod subscriptions;
mod writer;

use super::time;

pub use options::PostgresOptions;
pub use store::PostgresStore;

/// An error of PostgreSQL, as `sqlx` reports it.
pub use sqlx::Error as PostgresError;
