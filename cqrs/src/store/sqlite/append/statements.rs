//! The statements of the hot path, parsed once.

use rusqlite::{Connection, Result, Statement};

/// Statements the writer keeps for its whole life.
pub(in super::super) struct AppendStatements<'connection> {
    pub(in super::super) begin: Statement<'connection>,
    pub(in super::super) commit: Statement<'connection>,
    pub(super) find_command: Statement<'connection>,
    pub(super) places: Statement<'connection>,
    pub(super) stream_version: Statement<'connection>,
    pub(super) append_event: Statement<'connection>,
    pub(super) append_tag: Statement<'connection>,
    pub(super) append_command: Statement<'connection>,
}

impl<'connection> AppendStatements<'connection> {
    pub(in super::super) fn prepare(connection: &'connection Connection) -> Result<Self> {
        Ok(Self {
            begin: connection.prepare("BEGIN IMMEDIATE")?,
            commit: connection.prepare("COMMIT")?,
            find_command: connection.prepare(include_str!("../sql/find_command.sql"))?,
            places: connection.prepare(include_str!("../sql/places.sql"))?,
            stream_version: connection.prepare(include_str!("../../sql/stream_version.sql"))?,
            append_event: connection.prepare(include_str!("../sql/append_event.sql"))?,
            append_tag: connection.prepare(include_str!("../sql/append_tag.sql"))?,
            append_command: connection.prepare(include_str!("../sql/append_command.sql"))?,
        })
    }
}
