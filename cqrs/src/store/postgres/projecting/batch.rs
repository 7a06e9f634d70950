//! A batch of a projection: two messages to the server, beside those of the event handlers.
//!
//! The first finds the checkpoint as it is to be, and begins the transaction; the second moves the checkpoint, and commits.
//! Each is several statements in one text, which the server takes without arguments only.
//!
//! Invariant: between moving the checkpoint and the commit the server hears nothing of this process. So one that is stopped
//! at whatever moment never keeps others waiting by a lock on the checkpoint of a partition.

use sqlx::{AssertSqlSafe, PgPool};

use crate::{
    message::Position,
    store::{StoreError, postgres::rows},
};

use super::{super::faults, EndedByHandler, OPERATION, ProjectionTransaction, failed, finishing::Finishing};

/// The code of the errors by which the schema's functions say that a checkpoint is not where it was.
const MOVED: &str = "CQ001";
/// That of the one which says that the transaction is no longer that of the batch.
const ENDED: &str = "CQ002";

/// A checkpoint as a batch expects it.
pub(crate) struct Checkpoint<'a> {
    pub(crate) name: &'a str,
    /// The projection, if the checkpoint is that of one of its partitions: it is not locked then while event handlers run;
    /// else nobody could take the partition over from an owner that sleeps meanwhile.
    pub(crate) partition_of: Option<&'a str>,
    pub(crate) version: u32,
    pub(crate) epoch: u64,
    pub(crate) position: Position,
}

impl ProjectionTransaction {
    /// Begins a batch; `None` if the checkpoint is not as expected.
    pub(in super::super) async fn begin_batch(
        pool: &PgPool,
        expected: &Checkpoint<'_>,
    ) -> Result<Option<Self>, StoreError> {
        let Checkpoint { name, partition_of, version, epoch, position } = expected;
        let (name, projection) = (literal(name), partition_of.map_or("NULL".into(), literal));
        let (epoch, position) = (rows::number(*epoch), rows::number(position.get()));
        // What comes before BEGIN in one text becomes a part of the transaction, and if it fails there is none.
        let begin =
            format!("SELECT begin_batch({name}, {projection}, {version}, {epoch}, {position}); BEGIN");
        // A beginning that was cancelled would be undone by nobody: `sqlx` does not know of it yet.
        let (pool, beginning) = (pool.clone(), pool.clone());
        match Finishing::of(async move { beginning.begin_with(AssertSqlSafe(begin)).await }).await {
            Ok(transaction) => Ok(Some(Self { transaction, pool, number: None })),
            Err(error) if faults::has_code(&error, MOVED) => Ok(None),
            Err(error) => Err(failed(error)),
        }
    }

    /// Moves the checkpoint, and commits; `false` if it is no longer as it was when the batch began: then nothing is
    /// committed.
    pub(crate) async fn commit_batch(
        mut self,
        begun: &Checkpoint<'_>,
        to: Position,
    ) -> Result<bool, StoreError> {
        let (name, epoch) = (literal(begun.name), rows::number(begun.epoch));
        let (from, to) = (rows::number(begun.position.get()), rows::number(to.get()));
        // `sqlx` ends every transaction it has begun; so it is given an empty one to end, on its way back to the pool.
        let commit = format!("SELECT move_checkpoint({name}, {epoch}, {from}, {to}); COMMIT AND CHAIN");
        let Err(error) = sqlx::raw_sql(AssertSqlSafe(commit)).execute(&mut *self.transaction).await else {
            return Ok(true);
        };
        self.roll_back().await?;
        match error {
            error if faults::has_code(&error, MOVED) => Ok(false),
            error if faults::has_code(&error, ENDED) => Err(StoreError::engine(OPERATION, EndedByHandler)),
            error => Err(failed(error)),
        }
    }
}

/// Text as SQL writes it, under `standard_conforming_strings`.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
