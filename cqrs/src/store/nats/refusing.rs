//! Refusing a command for good, so that of its refusal and its events one is there.
//!
//! Like an append, a refusal is a message under the command's id in the command's stream, without events and with the reason.
//! There it and the command's events exclude each other: whichever comes second expects another end of the stream (see
//! `commands.rs`). But which streams the command may be written to has to be known first, and must not change any more. So:
//!
//! 1. The entry of the id is *closed* by compare-and-set: it keeps the streams that it names, or else one of the command's
//!    own, and the refusal. From then on no append to another stream is sent, as each is announced in the entry before.
//! 2. In each of these streams the refusal is stored, unless the stream has the command's events: those were announced
//!    before, and came first. Then the command is accepted.
//!
//! Invariant: a refusal is told only after it was found or stored in every stream of a closed entry. So no append of the command that
//! is under way, or was sent by somebody who has long gone, can land any more; and what was told once stays true. A closed entry
//! never changes. Whoever dies between the steps leaves an entry that says all that is left to do: whoever asks for the command, or
//! wants to append under its id, does it first. Nobody waits for anybody.
//!
//! What an entry names two streams of, since a function chose another one on its second try, may have the refusal in one and the
//! events in the other, if those land between: then the events count, for everybody, since all streams are looked at before
//! a refusal is told.
//!
//! Release 0.1.0 can read neither a closed entry nor the message: it fails, and accepts nothing.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{
    message::{CommandId, StreamId},
    store::{CommandClaim, CommandForm, RecordedCommand, Refusal, StoreError},
};

use super::{
    append::Appends,
    commands::{Announced, Known, TriedStream},
    record::{self, Encoded},
};

const REFUSE: &str = "refuse a command";

/// A longer text is cut: it is kept in messages, which have a limit.
const LONGEST_TEXT: usize = 16 * 1024;

/// What is left to do if somebody dies who refuses a command.
#[derive(Serialize, Deserialize)]
pub(super) struct Refusing {
    streams: Vec<TriedStream>,
    name: SmolStr,
    form: CommandForm,
    refusal: Refusal,
}

impl Refusing {
    fn new(claim: &CommandClaim, refusal: &Refusal, mut streams: Vec<TriedStream>) -> Self {
        if streams.is_empty() {
            streams.push(TriedStream { stream: record::stream_of_command(claim.id), after: 0 });
        }
        let text = &refusal.text[..refusal.text.floor_char_boundary(LONGEST_TEXT)];
        let refusal = Refusal::new(refusal.reason, text);
        Self { streams, name: claim.name.clone(), form: claim.form, refusal }
    }

    fn claim(&self, id: CommandId) -> CommandClaim {
        CommandClaim { id, name: self.name.clone(), aliases: &[], form: self.form }
    }

    fn record(&self, id: CommandId) -> RecordedCommand {
        RecordedCommand::refused(&self.claim(id), self.refusal.clone())
    }
}

impl Appends {
    /// What came of a command, if it was handled or refused.
    pub(super) async fn find(&self, id: CommandId) -> Result<Option<RecordedCommand>, StoreError> {
        match self.commands.known(id).await?.0 {
            Known::Refusing(refusing) => self.settle(id, &refusing).await.map(Some),
            Known::Streams(tried) => match self.commands.find_in(&tried, id).await? {
                Some(found) => self.confirmed(found).await.map(Some),
                None => Ok(None),
            },
        }
    }

    /// Refuses a command for good, unless something has come of it: that is returned.
    pub(super) async fn refuse(
        &self,
        claim: &CommandClaim,
        refusal: &Refusal,
    ) -> Result<Option<RecordedCommand>, StoreError> {
        loop {
            let (known, revision) = self.commands.known(claim.id).await?;
            let tried = match known {
                Known::Refusing(refusing) => return self.settle(claim.id, &refusing).await.map(Some),
                Known::Streams(tried) => tried,
            };
            if let Some(found) = self.commands.find_in(&tried, claim.id).await? {
                return self.confirmed(found).await.map(Some);
            }
            let closed = Known::Refusing(Refusing::new(claim, refusal, tried));
            if self.commands.put(REFUSE, claim.id, &closed, revision).await?
                && let Known::Refusing(refusing) = &closed
            {
                let outcome = self.settle(claim.id, refusing).await?;
                return Ok(outcome.refusal.is_none().then_some(outcome));
            }
        }
    }

    /// A refusal that was found in one stream counts if the others have no events.
    pub(super) async fn confirmed(&self, found: RecordedCommand) -> Result<RecordedCommand, StoreError> {
        if found.refusal.is_some()
            && let Known::Refusing(refusing) = self.commands.known(found.id).await?.0
        {
            return self.settle(found.id, &refusing).await;
        }
        Ok(found)
    }

    /// Makes it known that an append of this command will be sent to a stream that ends with message `after`. Fails if the
    /// command was handled or refused before.
    pub(super) async fn announce(
        &self,
        claim: &CommandClaim,
        stream: &StreamId,
        after: u64,
    ) -> Result<(), StoreError> {
        let recorded = match self.commands.announce(claim, stream, after).await? {
            Announced::Yes => return Ok(()),
            Announced::Handled(found) => self.confirmed(found).await?,
            Announced::Refusing(refusing) => self.settle(claim.id, &refusing).await?,
        };
        Err(recorded.refusal_of(claim))
    }

    /// Does what is left to do of a refusal, and tells what has come of the command.
    async fn settle(&self, id: CommandId, refusing: &Refusing) -> Result<RecordedCommand, StoreError> {
        for tried in &refusing.streams {
            let found = self.refuse_in(tried, id, refusing).await?;
            if found.refusal.is_none() {
                return Ok(found);
            }
        }
        Ok(refusing.record(id))
    }

    /// What a stream has under the id. If it has nothing, it has the refusal from now on.
    async fn refuse_in(
        &self,
        tried: &TriedStream,
        id: CommandId,
        refusing: &Refusing,
    ) -> Result<RecordedCommand, StoreError> {
        let TriedStream { stream, after } = tried;
        let encoded = Encoded::refusal(stream, &refusing.claim(id), &refusing.refusal)?;
        loop {
            let end = self.end(stream).await?;
            if let Some(found) = self.commands.find_after(stream, *after, id).await? {
                return Ok(found);
            }
            if let Some(sequence) = self.send(stream, &encoded, end).await? {
                self.stored(stream, &encoded, end, sequence);
                return Ok(refusing.record(id));
            }
        }
    }
}
