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

use serde::{Deserialize, Serialize};

use crate::{
    message::{CommandId, StreamId},
    store::{CommandClaim, RecordedCommand, StoreError},
};

use super::{
    record::{self, Record},
    stream::Stream,
    subject,
    table::Table,
};

const OPERATION: &str = "look up a command";

/// Where the answer to a command may be.
#[derive(Default, Serialize, Deserialize)]
struct Tried {
    streams: Vec<TriedStream>,
}

#[derive(Serialize, Deserialize)]
struct TriedStream {
    stream: StreamId,
    /// The sequence number of the stream's last message when it was first tried.
    after: u64,
}

/// The commands of a store.
pub(super) struct Commands {
    pub(super) table: Table,
    pub(super) events: Stream,
    /// What the subjects of the log begin with.
    pub(super) root: String,
}

impl Commands {
    /// What came of a command, if it was handled.
    pub(super) async fn find(&self, id: CommandId) -> Result<Option<RecordedCommand>, StoreError> {
        let entry = self.table.get::<Tried>(OPERATION, &id.to_string()).await?;
        self.find_in(&entry.value.unwrap_or_default(), id).await
    }

    /// Makes it known that an append of this command will be sent to a stream that ends with message `after`.
    /// Fails if the command was handled before.
    pub(super) async fn announce(
        &self,
        claim: &CommandClaim,
        stream: &StreamId,
        after: u64,
    ) -> Result<(), StoreError> {
        let key = claim.id.to_string();
        let mut tried = Tried::default();
        let mut revision = 0;
        loop {
            // It is new as a rule, and asking first would be a round trip for nothing.
            tried.streams.push(TriedStream { stream: stream.clone(), after });
            if self.table.put("announce a command", &key, &tried, revision).await?.is_some() {
                return Ok(());
            }
            let entry = self.table.get::<Tried>(OPERATION, &key).await?;
            (tried, revision) = (entry.value.unwrap_or_default(), entry.revision);
            if let Some(recorded) = self.find_in(&tried, claim.id).await? {
                return Err(recorded.refusal_of(claim));
            }
            if tried.streams.iter().any(|known| known.stream == *stream) {
                return Ok(());
            }
        }
    }

    async fn find_in(&self, tried: &Tried, id: CommandId) -> Result<Option<RecordedCommand>, StoreError> {
        for TriedStream { stream, after } in &tried.streams {
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
