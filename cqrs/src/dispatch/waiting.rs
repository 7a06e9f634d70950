//! A command that waits until it is due, as it is stored.

use std::time::Duration;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use smol_str::SmolStr;

use crate::{
    message::{CommandId, Metadata, StreamId, Version},
    process::SentCommand,
    store::{
        Appended, CommandClaim, CommandForm, Due, DueKey, DueKind, Expected, RecordedCommand, SharedError,
        StoreError,
    },
};

use super::{
    NamedCommand, Request,
    prepared::Prepared,
    sent::{Expiry, Origin, Pending, Sender},
};

/// What a row of the due table holds of a command, beside its id and its name.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Waiting {
    pub(crate) command: Box<RawValue>,
    form: CommandForm,
    pub(crate) metadata: Metadata,
    /// The aggregate it is for: commands of one are begun one after the other.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) stream: Option<StreamId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expected_version: Option<Version>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    time_limit: Option<Duration>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) expires: Option<Timestamp>,
    /// How often it was begun, and failed in a way that may pass.
    #[serde(default)]
    pub(crate) attempts: u32,
    /// As its process sent it, if one did: the process hears of its refusal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) sent: Option<Box<SentCommand>>,
}

/// What a request says of a command beside what is prepared.
pub(super) struct Terms {
    pub(super) expected: Option<Expected>,
    pub(super) time_limit: Option<Duration>,
    pub(super) expiry: Expiry,
    pub(super) sent: Option<Box<SentCommand>>,
}

impl Waiting {
    /// The row of a command.
    pub(super) fn row(prepared: &Prepared, terms: &Terms, due: Timestamp) -> Result<Due, StoreError> {
        let waiting = Self {
            command: RawValue::from_string(prepared.json.as_json().to_owned()).map_err(unwritten)?,
            form: prepared.claim.form,
            metadata: prepared.command_metadata(),
            stream: prepared.stream.clone(),
            expected_version: match terms.expected {
                Some(Expected::Exactly(version)) => Some(version),
                _ => None,
            },
            time_limit: terms.time_limit,
            expires: terms.expiry.counted_from(due),
            attempts: 0,
            sent: terms.sent.clone(),
        };
        let key = key(prepared.claim.id);
        Ok(Due { key, due, owner: prepared.claim.name.to_string(), payload: waiting.text()? })
    }

    /// What a row holds.
    pub(crate) fn of(due: &Due) -> Result<Self, StoreError> {
        serde_json::from_str(&due.payload).map_err(|error| StoreError::Damaged {
            what: format!("what waits under the key `{}` cannot be read", due.key),
            source: Some(SharedError::from(error)),
        })
    }

    pub(crate) fn expects_a_version(&self) -> bool {
        self.expected_version.is_some()
    }

    /// The row once more, for a further attempt.
    pub(crate) fn again(mut self, row: &Due, at: Timestamp) -> Result<Due, StoreError> {
        self.attempts = self.attempts.saturating_add(1);
        Ok(Due { due: at, payload: self.text()?, ..row.clone() })
    }

    fn text(&self) -> Result<String, StoreError> {
        serde_json::to_string(self).map_err(unwritten)
    }

    /// The command as it is dispatched when it is due.
    pub(crate) fn request(&self, row: &Due) -> Result<Pending<NamedCommand>, StoreError> {
        Ok(Request {
            command: Some(NamedCommand::new(&row.owner, self.command.get())),
            id: id(row)?,
            origin: Origin::Given,
            sender: Sender::Schedule,
            metadata: self.metadata.clone(),
            expected: self.expected_version.map(Expected::Exactly),
            time_limit: self.time_limit,
            expiry: self.expires.map_or(Expiry::Never, Expiry::At),
            inherited: None,
        })
    }

    /// What waits, as if it had been handled: to be compared with another command of the same id.
    pub(super) fn as_record(&self, row: &Due) -> Result<RecordedCommand, StoreError> {
        Ok(RecordedCommand::of(&self.claim(row, &[])?, Appended { streams: Vec::new() }))
    }

    /// The claim of the command's id.
    pub(crate) fn claim(
        &self,
        row: &Due,
        aliases: &'static [&'static str],
    ) -> Result<CommandClaim, StoreError> {
        Ok(CommandClaim { id: id(row)?, name: SmolStr::new(&row.owner), aliases, form: self.form })
    }
}

/// The key of a command's row.
pub(crate) fn key(id: CommandId) -> DueKey {
    DueKey::new(DueKind::Command, id.to_string())
}

/// The id of a row's command.
pub(crate) fn id(row: &Due) -> Result<CommandId, StoreError> {
    row.key.key.parse().map_err(|error| StoreError::Damaged {
        what: format!("`{}` is not the id of a command", row.key.key),
        source: Some(SharedError::from(error)),
    })
}

fn unwritten(error: serde_json::Error) -> StoreError {
    StoreError::engine("encode a command that waits", error)
}
