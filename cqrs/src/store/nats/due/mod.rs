//! What waits for a time: one message a row in a stream of its own, and its order in the memory of each process that asks.
//!
//! # The rows
//! The subject of a row is its key, and the stream keeps one message a subject: the last message of a subject is the row. A row is
//! entered where its subject has no message, moved where its message is the one that was read, and removed by deleting
//! that message and no other, all of which the server checks. So of several who change a row from the same state one wins.
//!
//! # The order
//! The server finds messages by subject and by sequence number, and not by time. So each process derives an
//! [index](index::Index) of time, key and sequence number from the headers, and reads on from where it stands before it answers;
//! the rows themselves are fetched page by page. It is derived when it is first asked, not when the store is opened.
//!
//! Invariant: a page is as the server had it at some moment after it was asked for. Nothing is missing: the index is first
//! brought up to the leader's last sequence number. And every row was there. Either the index had as many entries as the stream had
//! messages at that moment; as every message has its entry, there were no others, and rows may come from those that are remembered,
//! since a message never changes. Or each row was fetched by its sequence number after that; if one has gone it leaves the index, and
//! the page is read again.
//!
//! # Why a removal leaves no mark
//! The other sketch was a bucket whose entries are removed by a mark in their place, as the other entries of the store are: then
//! an index is told of removals. But one mark for every command that ever waited would stay, or had to be cleared by somebody who
//! knows that everybody has read it; and the index of a process that slept through that would be wrong. Here a removed row leaves
//! nothing behind, and nobody needs to be told. What it costs: rows are fetched one by one, some at the same time; and where another
//! process has removed some, they are fetched although they are remembered, until as many were as there are entries, or
//! half of the entries have gone: then the index is derived anew.

mod changing;
mod checking;
mod following;
mod index;
mod place;
mod queue;
mod reading;
mod row;

use std::sync::{Mutex, PoisonError};

use super::stream::Stream;

use index::Entry;
use reading::Reader;

const SET: &str = "let something wait";
const REMOVE: &str = "remove what waited";
const READ: &str = "read what waits";

/// How many requests are under way at a time.
const AT_ONCE: usize = 64;

/// What waits for a time.
pub(super) struct DueTable {
    stream: Stream,
    /// What all its subjects begin with.
    root: String,
    reader: tokio::sync::Mutex<Reader>,
    /// What was removed here, and is still in the index: nobody who removes a row waits for those who read.
    gone: Mutex<Vec<Entry>>,
}

impl DueTable {
    pub(super) fn new(stream: Stream, prefix: &str) -> Self {
        let root = format!("{prefix}.due.");
        Self { stream, root, reader: tokio::sync::Mutex::default(), gone: Mutex::default() }
    }

    fn take_gone(&self) -> Vec<Entry> {
        std::mem::take(&mut *self.gone.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
