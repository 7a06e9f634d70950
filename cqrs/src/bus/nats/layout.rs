//! Where everything of a bus is on the server.

use async_nats::jetstream::stream::Config;
use serde::{Deserialize, Serialize};

use crate::{
    bus::{BusError, CommandBus, EncodedMessage},
    store::{
        StoreError,
        nats::client::{Connection, Opening, Stream, Table, base, bucket, subject::token},
    },
};

/// Which groups a bus has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// The one of all who handle commands.
    Commands,
    /// Those that listeners ask for.
    Events,
}

/// Where everything of a bus is on the server.
pub(super) struct Layout {
    pub(super) kind: Kind,
    pub(super) messages: Stream,
    pub(super) letters: Stream,
    pub(super) entries: Table,
    pub(super) partitions: usize,
    name: String,
}

/// What was fixed when the bus was made.
#[derive(Serialize, Deserialize)]
struct Settings {
    partitions: usize,
}

pub(super) const OPEN: &str = "open the bus";

impl Layout {
    pub(super) async fn open(
        connection: &Connection,
        prefix: &str,
        kind: Kind,
        partitions: usize,
        opening: Opening,
    ) -> Result<Self, BusError> {
        let bus = if kind == Kind::Commands { "command-bus" } else { "event-bus" };
        let messages = |part: &str, subjects: &str| Config {
            subjects: vec![format!("{prefix}.{bus}{subjects}.>")],
            ..base(format!("{prefix}_{bus}{part}"))
        };
        let opened = async {
            Ok((
                opening.open(connection, messages("", "")).await?,
                opening.open(connection, messages("_dead", "-dead")).await?,
                Table::new(opening.open(connection, bucket(&format!("{prefix}_{bus}"))).await?),
            ))
        };
        let (messages, letters, entries) = opened.await.map_err(|error| failed(OPEN, error))?;
        let layout = Self { kind, messages, letters, entries, partitions, name: format!("{prefix}.{bus}") };
        layout.fix_partitions().await?;
        Ok(layout)
    }

    /// The number of partitions is that with which the bus was made: with another, messages of one key would lose their
    /// order.
    async fn fix_partitions(&self) -> Result<(), BusError> {
        const KEY: &str = "settings";
        loop {
            let entry = self.entries.get::<Settings>(OPEN, KEY).await.map_err(|error| failed(OPEN, error))?;
            match entry.value {
                Some(settings) if settings.partitions == self.partitions => return Ok(()),
                Some(settings) => {
                    let source = format!("it was made with {}", settings.partitions).into();
                    return Err(BusError::PartitionsDiffer { partitions: self.partitions, source });
                }
                None => {
                    let settings = Settings { partitions: self.partitions };
                    let put = self.entries.put(OPEN, KEY, &settings, entry.revision).await;
                    put.map_err(|error| failed(OPEN, error))?;
                }
            }
        }
    }

    /// Whether the bus may have such a group.
    pub(super) fn allows(&self, group: &str) -> bool {
        self.kind == Kind::Events || group == CommandBus::GROUP
    }

    pub(super) fn partition_of(&self, message: &EncodedMessage) -> usize {
        message.partition(self.partitions)
    }

    /// The subject of the messages of a partition.
    pub(super) fn subject(&self, partition: usize) -> String {
        format!("{}.{partition}", self.name)
    }

    /// The subject of what the dead letters of a group carry.
    pub(super) fn letters_subject(&self, group: &str) -> String {
        format!("{}-dead.{}", self.name, token(group))
    }

    /// The subject on which members of a group tell each other that something has changed. Nothing on it is kept.
    pub(super) fn signal(&self, group: &str) -> String {
        format!("{}-signal.{}", self.name, token(group))
    }
}

/// The key of a group's entry.
pub(super) fn group_key(group: &str) -> String {
    format!("{GROUPS}.{}", token(group))
}

/// The key of the entry about a group and a partition.
pub(super) fn partition_key(partition: usize, group: &str) -> String {
    format!("{}.{}", partition_part(partition), token(group))
}

/// What the keys of all groups' entries about a partition begin with.
pub(super) fn partition_part(partition: usize) -> String {
    format!("partitions.{partition}")
}

pub(super) const GROUPS: &str = "groups";

/// An error of the server.
pub(super) fn failed(operation: &'static str, error: StoreError) -> BusError {
    BusError::transport(operation, error)
}
