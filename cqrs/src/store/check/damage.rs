//! What can be wrong with a store.

use crate::message::{Position, StreamId, Version};

/// Something that is wrong with a store.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Damage {
    /// SQLite finds the file damaged.
    #[error("the file is damaged: {what}")]
    File {
        /// What it says.
        what: String,
    },
    /// The versions of a stream are not 1, 2, 3, ….
    #[error("stream {stream} goes on at position {position} with version {found} instead of {expected}")]
    VersionGap {
        /// The event after the gap.
        position: Position,
        /// Its stream.
        stream: StreamId,
        /// The version it should have.
        expected: Version,
        /// The version it has.
        found: Version,
    },
    /// An event cannot be read.
    #[error("the event at position {position}: {what}")]
    Event {
        /// Where it stands.
        position: Position,
        /// What is wrong, with the event's stream, version and name.
        what: String,
    },
    /// An event stands where none can.
    #[error("an event of stream {stream} stands at position {position}, where none can: {why}")]
    Position {
        /// Where it stands.
        position: i64,
        /// Its stream.
        stream: StreamId,
        /// Why none can.
        why: &'static str,
    },
    /// Two events have one id.
    #[error("the events at positions {first} and {second} have the same id, {id}")]
    SameId {
        /// The id, as stored.
        id: String,
        /// Where the first of them stands.
        first: Position,
        /// Where the last of them stands.
        second: Position,
    },
    /// The record of a command points to events that are not there.
    #[error("the record of command {id} points to position {position}, where its events are not")]
    Command {
        /// Its identity, as stored.
        id: String,
        /// The position of its first event.
        position: Position,
    },
    /// A row beside the log cannot be read.
    #[error("row {row} of table `{table}` cannot be read: {what}")]
    Row {
        /// The table.
        table: &'static str,
        /// What the row is found by, as stored.
        row: String,
        /// What is wrong with it.
        what: String,
    },
    /// A checkpoint is beyond the end of the log: the subscription passes over the events that come next.
    #[error(
        "the checkpoint of subscription `{subscription}` is {position}, beyond the head of the log, {head}"
    )]
    Checkpoint {
        /// The subscription.
        subscription: String,
        /// How far it says it has come.
        position: Position,
        /// The position of the last event.
        head: Position,
    },
    /// No more events can be stored: positions are counted up to the greatest there is.
    #[error("positions are counted up to {position}, the greatest there is: no event can be stored any more")]
    NoPositionLeft {
        /// The greatest position.
        position: Position,
    },
}
