//! An append: one message, stored if its stream still ends where it was believed to end.

use async_nats::HeaderMap;

use crate::{
    message::{CommandId, StreamId, Version},
    store::{Append, Appended, CommandClaim, Expected, StoreError, StreamWrite},
};

use super::{
    commands::Commands,
    marks::{Mark, Marks},
    record::{self, Encoded, Record},
    stream::Publication,
    subject,
};

/// What appends are made with.
pub(super) struct Appends {
    pub(super) commands: Commands,
    pub(super) marks: Marks,
}

/// What is written about a command that concerned no stream.
fn record_of(id: CommandId) -> StreamWrite {
    let stream = record::stream_of_command(id);
    StreamWrite { stream, expected: Expected::NoStream, events: Vec::new() }
}

impl Appends {
    pub(super) async fn append(&self, append: &Append) -> Result<Appended, StoreError> {
        append.check_shape()?;
        let of_command = append.command.as_ref().map(|claim| record_of(claim.id));
        let write = match (&append.writes[..], &of_command) {
            ([write], _) => write,
            ([], Some(record)) => record,
            (writes, _) if writes.iter().any(StreamWrite::is_guard) => {
                return Err(StoreError::Unsupported("check a stream beside the one that is written"));
            }
            _ => return Err(StoreError::Unsupported("append to several streams at once")),
        };
        let encoded = Encoded::new(append, write)?;
        let claim = append.command.as_ref();
        let mut end = self.expected_end(write).await?;
        self.check(write, end, claim).await?;
        if let Some(claim) = claim {
            self.announce(claim, &write.stream, end.sequence).await?;
        }
        loop {
            if let Some(sequence) = self.send(&write.stream, &encoded, end).await? {
                return Ok(self.stored(&write.stream, &encoded, end, sequence));
            }
            let before = end;
            end = self.end(&write.stream).await?;
            self.check_meanwhile(write, claim, before).await?;
            write.check_expectation(end.version)?;
        }
    }

    /// Where the stream ends, as far as it can be said without asking: the server will tell if it is not so.
    async fn expected_end(&self, write: &StreamWrite) -> Result<Mark, StoreError> {
        if matches!(write.expected, Expected::NoStream | Expected::Exactly(Version::NONE)) {
            return Ok(Mark::default());
        }
        match self.marks.get(&write.stream) {
            Some(mark) if write.expected.holds(mark.version) => Ok(mark),
            _ => self.end(&write.stream).await,
        }
    }

    /// Where the stream ends.
    pub(super) async fn end(&self, stream: &StreamId) -> Result<Mark, StoreError> {
        let subject = self.subject(stream);
        let Some(last) = self.commands.events.last("read the end of a stream", &subject).await? else {
            return Ok(Mark::default());
        };
        let record = Record::read(last.sequence, &last.subject, Some(&last.headers), &last.payload)?;
        let mark = Mark { version: record.last_version(), sequence: last.sequence };
        self.marks.saw(stream, mark);
        Ok(mark)
    }

    /// A command that was handled before is told so, even if its stream has moved on.
    async fn check(
        &self,
        write: &StreamWrite,
        end: Mark,
        claim: Option<&CommandClaim>,
    ) -> Result<(), StoreError> {
        let Err(conflict) = write.check_expectation(end.version) else { return Ok(()) };
        let Some(claim) = claim else { return Err(conflict) };
        let recorded = self.find(claim.id).await?;
        Err(recorded.map_or(conflict, |recorded| recorded.refusal_of(claim)))
    }

    /// The same, about what others have stored since the stream ended at `before`.
    async fn check_meanwhile(
        &self,
        write: &StreamWrite,
        claim: Option<&CommandClaim>,
        before: Mark,
    ) -> Result<(), StoreError> {
        let Some(claim) = claim else { return Ok(()) };
        let recorded = self.commands.find_after(&write.stream, before.sequence, claim.id).await?;
        match recorded {
            Some(recorded) => Err(self.confirmed(recorded).await?.refusal_of(claim)),
            None => Ok(()),
        }
    }

    pub(super) async fn send(
        &self,
        stream: &StreamId,
        encoded: &Encoded,
        end: Mark,
    ) -> Result<Option<u64>, StoreError> {
        let headers: HeaderMap = encoded.headers(end.version);
        let publication = Publication {
            subject: self.subject(stream),
            headers,
            payload: encoded.payload.clone(),
            expected: Some(end.sequence),
        };
        self.commands.events.publish("append", publication).await
    }

    pub(super) fn stored(
        &self,
        stream: &StreamId,
        encoded: &Encoded,
        before: Mark,
        sequence: u64,
    ) -> Appended {
        let version = Version::new(before.version.get() + encoded.count());
        self.marks.saw(stream, Mark { version, sequence });
        record::appended(stream.clone(), sequence, before.version.next(), encoded.count())
    }

    pub(super) fn subject(&self, stream: &StreamId) -> String {
        format!("{}{}", self.commands.root, subject::of_stream(stream))
    }
}
