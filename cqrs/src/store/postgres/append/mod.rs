//! Appends, as the writer takes them.

mod call;
mod columns;
mod each;
mod expectation;
mod guards;
mod lone;
mod members;
mod outcome;

use crate::{
    message::{CommandId, StreamId},
    store::{Append, NewEvent, StoreError, StreamWrite},
};

use super::time;

pub(super) use call::{Broken, call};

/// How many bytes the name of a stream, or a tag, may have: an index takes no more.
const MAX_NAME_BYTES: usize = 2_000;

/// How many bytes of payload one append may have; the server takes no message of a gigabyte.
const MAX_APPEND_BYTES: usize = 256 << 20;

/// How many bytes of the message an append takes besides its texts, about: ids, a digest, numbers, lengths.
const OTHER_BYTES: usize = 200;

/// How many streams one append may write to; the server has room for a bounded number of locks.
const MAX_STREAMS: usize = 1_000;

/// What an append needs.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub(super) enum Claim {
    /// A stream.
    Stream(StreamId),
    /// The command it answers.
    Command(CommandId),
}

/// All that an append needs.
pub(super) struct Needs {
    /// What nobody else may have meanwhile: the streams it writes, and its command.
    pub(super) own: Vec<Claim>,
    /// What others may look at, too, and nobody change: the streams it guards.
    pub(super) shared: Vec<Claim>,
}

impl Needs {
    fn of(append: &Append) -> Self {
        let stream = |write: &StreamWrite| Claim::Stream(write.stream.clone());
        let command = append.command.iter().map(|claim| Claim::Command(claim.id));
        Self {
            own: written(append).map(stream).chain(command).collect(),
            shared: guarded(append).map(stream).collect(),
        }
    }
}

/// The streams that get events.
fn written(append: &Append) -> impl Iterator<Item = &StreamWrite> {
    append.writes.iter().filter(|write| !write.is_guard())
}

/// The streams of which only the version is looked at.
fn guarded(append: &Append) -> impl Iterator<Item = &StreamWrite> {
    append.writes.iter().filter(|write| write.is_guard())
}

/// An append that was checked as far as it can be without the store, and encoded on the caller's task.
pub(super) struct PreparedAppend {
    pub(super) append: Append,
    pub(super) needs: Needs,
    /// How many bytes of the message it takes, about.
    pub(super) bytes: usize,
    metadata: String,
    time: String,
}

impl PreparedAppend {
    pub(super) fn new(append: Append, max_event_bytes: usize) -> Result<Self, StoreError> {
        append.check_shape()?;
        let texts = check_sizes(&append, max_event_bytes)?;
        let metadata = serde_json::to_string(&append.metadata)
            .map_err(|error| StoreError::engine("encode the metadata", error))?;
        let time = time::text(append.metadata.time);
        let bytes = texts + metadata.len() + OTHER_BYTES;
        Ok(Self { needs: Needs::of(&append), append, bytes, metadata, time })
    }
}

/// Refuses what is too large, and says how many bytes the texts of the rest have.
fn check_sizes(append: &Append, max_event_bytes: usize) -> Result<usize, StoreError> {
    let events = || append.writes.iter().flat_map(|write| &write.events);
    let payload = |event: &NewEvent| event.payload.as_json().len();
    let bytes = events().map(payload).sum();
    let names = append.writes.iter().map(|write| write.stream.category().len() + write.stream.key().len());
    let tags = events().flat_map(|event| &event.tags).map(|tag| tag.as_str().len());
    let sizes = [
        ("the payload of an event, in bytes,", events().map(payload).max(), max_event_bytes),
        ("the payload of all events, in bytes,", Some(bytes), MAX_APPEND_BYTES),
        ("the name of a stream, in bytes,", names.clone().max(), MAX_NAME_BYTES),
        ("a tag, in bytes,", tags.clone().max(), MAX_NAME_BYTES),
        ("the number of streams", Some(append.writes.len()), MAX_STREAMS),
    ];
    for (what, actual, limit) in sizes {
        if let Some(actual) = actual.filter(|actual| *actual > limit) {
            return Err(StoreError::TooLarge { what, actual, limit });
        }
    }
    let event_names = events().map(|event| event.name.len()).sum::<usize>();
    Ok(bytes + event_names + names.sum::<usize>() + tags.sum::<usize>())
}
