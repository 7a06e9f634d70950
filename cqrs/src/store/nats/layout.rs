//! The streams of the server that make a store.
//!
//! Invariant: nothing removes or changes a message of the log. The server refuses to delete or purge messages, no limit
//! discards old ones, and a stream that is set to do so is not opened.

use async_nats::jetstream::stream::Config;

use crate::store::StoreError;

use super::client::{Connection, Opening, Stream, Table, base, bucket};

/// The streams of one store.
pub(super) struct Layout {
    pub(super) events: Stream,
    pub(super) failures: Stream,
    pub(super) commands: Table,
    pub(super) snapshots: Table,
    pub(super) subscriptions: Table,
    pub(super) inbox: Table,
    pub(super) due: Stream,
}

impl Layout {
    pub(super) async fn open(
        connection: &Connection,
        prefix: &str,
        opening: Opening,
    ) -> Result<Self, StoreError> {
        let log = |part: &str| Config {
            subjects: vec![format!("{prefix}.{part}.>")],
            deny_delete: true,
            deny_purge: true,
            ..base(format!("{prefix}_{part}"))
        };
        // What waits for a time: the last message of each subject, until it is deleted.
        let due = Config {
            subjects: vec![format!("{prefix}.due.>")],
            max_messages_per_subject: 1,
            ..base(format!("{prefix}_due"))
        };
        let bucket = |part: &str| bucket(&format!("{prefix}_{part}"));
        Ok(Self {
            events: opening.open(connection, log("events")).await?,
            failures: opening.open(connection, log("failures")).await?,
            commands: Table::new(opening.open(connection, bucket("commands")).await?),
            snapshots: Table::new(opening.open(connection, bucket("snapshots")).await?),
            subscriptions: Table::new(opening.open(connection, bucket("subscriptions")).await?),
            inbox: Table::new(opening.open(connection, bucket("inbox")).await?),
            due: opening.open(connection, due).await?,
        })
    }
}
