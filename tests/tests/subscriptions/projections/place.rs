//! Where a projection keeps its rows, so that one test serves all databases.

use std::path::{Path, PathBuf};

use cqrs::{prelude::*, projection::RunProjection, store::Store};

/// A projection that can be registered.
pub trait Runs: Projection<Kind: RunProjection<Self>> {}

impl<P: Projection<Kind: RunProjection<P>>> Runs for P {}

/// A row of the ledger: position, account, amount.
pub type Row = (i64, String, i64);

/// A database, and the ledgers written for it. Each ledger enters its row first and then does as the probe was told,
/// so that only a roll-back removes the row of an event that fails.
pub trait Place: Sized {
    type Store: Store + Clone;

    type Ledger: Runs;
    /// It parks what fails.
    type ParkingLedger: Runs;
    /// The ledger, one version later: each row has a column `two`, which says `two`.
    type LedgerTwo: Runs;
    /// The ledger under another name.
    type Book: Runs;
    /// It is emptied by SQL of its own.
    type ResetLedger: Runs;

    /// An empty one.
    async fn new() -> Self;

    /// A store on it.
    fn store(&self) -> Self::Store;

    /// Where it is, for another process.
    fn address(&self) -> PathBuf;

    /// A store there.
    async fn open(address: &Path) -> Self::Store;

    /// Another store on it, as if from another process.
    async fn again(&self) -> Self::Store {
        Self::open(&self.address()).await
    }

    /// What is in the ledger.
    async fn rows(&self) -> Vec<Row>;

    /// How many rows say `two`.
    async fn twos(&self) -> i64;

    async fn amounts(&self) -> Vec<i64> {
        self.rows().await.into_iter().map(|row| row.2).collect()
    }
}
