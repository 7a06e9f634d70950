//! Which command ids were handled, and where.
//!
//! The record of a command is the message that answers it. For each id there is an entry beside the log, which says
//! which streams such a message may be in, and after which message of each: where to look, not what came of it.
//!
//! Invariant, of an id c and a stream S: before the first append of c to S is sent, the entry of c names S, with the end
//! of S at that time; the streams of an entry never become fewer. So whoever finds no entry, or none that names S,
//! knows that no append of c to S was ever sent; and whoever finds one reads S from there, and has seen them all.
//!
//! From that follows: there is at most one message with c in S. An append of c to S expects the stream to end with
//! message s, and is sent only after it is known that none up to s has c: because the entry did not name S before, or
//! because the messages from there to s were read. The server stores it only if S still ends with s. An append that is
//! refused reads what came in the meantime, before it is sent again. One of unknown fate that lands late lands under
//! the same rule.
//!
//! Two appends of c to two streams do not exclude each other if they race: that is all that "per stream" takes away.
//! How a refusal and an append exclude each other, see `refusing.rs`.

use serde::{Deserialize, Serialize};

use crate::{
    message::{CommandId, StreamId},
    store::{CommandClaim, RecordedCommand, StoreError},
};

use super::{
    record::{self, Record},
    refusing::Refusing,
    stream::Stream,
    subject,
    table::Table,
};

const OPERATION: &str = "look up a command";

/// What the entry of an id says.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Known {
    /// Where the answer may be; more may be added.
    Streams(Vec<TriedStream>),
    /// It is being refused, or has been: nothing is added any more. Release 0.1.0 cannot read it.
    Refusing(Refusing),
}

#[derive(Clone, Serialize, Deserialize)]
pub(super) struct TriedStream {
    pub(super) stream: StreamId,
    /// The sequence number of the stream's last message when it was first tried.
    pub(super) after: u64,
}

/// What became of an announcement.
pub(super) enum Announced {
    /// The entry names the stream, and the command was not handled before.
    Yes,
    Handled(RecordedCommand),
    Refusing(Refusing),
}

/// The commands of a store.
pub(super) struct Commands {
    pub(super) table: Table,
    pub(super) events: Stream,
    /// What the subjects of the log begin with.
    pub(super) root: String,
}

impl Commands {
    /// What the entry of an id says, and its revision.
    pub(super) async fn known(&self, id: CommandId) -> Result<(Known, u64), StoreError> {
        let entry = self.table.get(OPERATION, &id.to_string()).await?;
        Ok((entry.value.unwrap_or(Known::Streams(Vec::new())), entry.revision))
    }

    /// Makes it known that an append of this command will be sent to a stream that ends with message `after`.
    pub(super) async fn announce(
        &self,
        claim: &CommandClaim,
        stream: &StreamId,
        after: u64,
    ) -> Result<Announced, StoreError> {
        let mut tried = Vec::new();
        let mut revision = 0;
        loop {
            // It is new as a rule, and asking first would be a round trip for nothing.
            tried.push(TriedStream { stream: stream.clone(), after });
            if self.put("announce a command", claim.id, &Known::Streams(tried), revision).await? {
                return Ok(Announced::Yes);
            }
            let known;
            (known, revision) = self.known(claim.id).await?;
            tried = match known {
                Known::Streams(tried) => tried,
                Known::Refusing(refusing) => return Ok(Announced::Refusing(refusing)),
            };
            if let Some(recorded) = self.find_in(&tried, claim.id).await? {
                return Ok(Announced::Handled(recorded));
            }
            if tried.iter().any(|known| known.stream == *stream) {
                return Ok(Announced::Yes);
            }
        }
    }

    /// Replaces the entry of an id; `false` if it no longer has this revision.
    pub(super) async fn put(
        &self,
        operation: &'static str,
        id: CommandId,
        known: &Known,
        revision: u64,
    ) -> Result<bool, StoreError> {
        Ok(self.table.put(operation, &id.to_string(), known, revision).await?.is_some())
    }

    pub(super) async fn find_in(
        &self,
        tried: &[TriedStream],
        id: CommandId,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        for TriedStream { stream, after } in tried {
            if let Some(recorded) = self.find_after(stream, *after, id).await? {
                return Ok(Some(recorded));
            }
        }
        Ok(None)
    }

    /// The answer to a command among the messages of a stream after `after`. As a rule it is the first of them.
    pub(super) async fn find_after(
        &self,
        stream: &StreamId,
        mut after: u64,
        id: CommandId,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        let subject = format!("{}{}", self.root, subject::of_stream(stream));
        while let Some(message) = self.events.next(OPERATION, &subject, after).await? {
            if record::answers(&message.headers, id) {
                let (headers, payload) = (Some(&message.headers), &message.payload);
                let record = Record::read(message.sequence, &message.subject, headers, payload)?;
                return record.command().map(Some).ok_or_else(|| StoreError::Damaged {
                    what: format!("the command of message {} on subject `{subject}`", message.sequence),
                    source: None,
                });
            }
            after = message.sequence;
        }
        Ok(None)
    }
}
