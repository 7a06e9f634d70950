//! A store held against a plain model, operation by operation; made for property tests.

use std::collections::{BTreeMap, HashMap};

use crate::{
    message::{CommandId, Version},
    store::{Appended, EventQuery, EventStore, Expected, StoreError, StreamWrite},
};

use super::{
    fixtures::{all, append, claim, event, numbers, read, stream, versions},
    same::assert_same,
};

/// What goes to one stream.
#[derive(Clone, Debug)]
pub struct ModelWrite {
    /// One of a few streams.
    pub stream: u8,
    /// What is expected of it.
    pub expected: Expected,
    /// How many events.
    pub count: u8,
}

/// What a store should hold: the numbers of the events of each stream, and the commands with their payloads.
#[derive(Debug, Default)]
pub struct Model {
    streams: BTreeMap<u8, Vec<u64>>,
    log: Vec<u64>,
    commands: HashMap<u8, (CommandId, u8, Appended)>,
}

/// What an append comes to, told apart as far as the model does.
#[derive(Debug, PartialEq)]
enum Verdict {
    Stored,
    Empty,
    StreamTwice,
    Conflict(String, Expected, Version),
    AlreadyHandled(Appended),
    CommandIdReused,
    Other(String),
}

impl Model {
    /// Does an append to the store, and checks that the outcome and the content are the model's.
    ///
    /// # Panics
    /// If they are not.
    pub async fn append(
        &mut self,
        store: &(impl EventStore + ?Sized),
        writes: &[ModelWrite],
        command: Option<(u8, u8)>,
    ) {
        let expected = self.verdict(writes, command);
        let id =
            command.map(|(id, _)| self.commands.get(&id).map_or_else(CommandId::generate, |known| known.0));
        let mut request = append(self.stream_writes(writes));
        request.command = command.zip(id).map(|((_, payload), id)| claim(id, &payload.to_string()));
        let outcome = store.append(request).await;
        if let Ok(appended) = &outcome {
            self.check_places(writes, appended);
        }
        if let (Ok(appended), Some(((key, payload), id))) = (&outcome, command.zip(id)) {
            self.commands.insert(key, (id, payload, appended.clone()));
        }
        let found = outcome.map_or_else(verdict_of, |_| Verdict::Stored);
        assert_eq!(found, expected, "for {writes:?} answering {command:?}");
        if found == Verdict::Stored {
            self.store(writes);
        }
        self.check(store).await;
    }

    /// Checks that the store holds what the model does.
    ///
    /// # Panics
    /// If it does not.
    pub async fn check(&self, store: &(impl EventStore + ?Sized)) {
        let events = all(store).await;
        assert_same(&numbers(&events), &self.log, "the log");
        assert!(events.windows(2).all(|pair| pair[0].position < pair[1].position));
        for (key, in_stream) in &self.streams {
            let found = read(store, EventQuery::stream(stream(key.to_string())), 3).await;
            let found = found.expect("a stream should be read");
            assert_same(&numbers(&found), in_stream, &format!("stream {key}"));
            let expected: Vec<_> = (1..=in_stream.len() as u64).collect();
            assert_same(&versions(&found), &expected, &format!("the versions of stream {key}"));
        }
    }

    /// What a store says of the places is what the model expects; before the model has the events.
    fn check_places(&self, writes: &[ModelWrite], appended: &Appended) {
        let found: Vec<_> = appended
            .streams
            .iter()
            .map(|part| (part.stream.key().to_owned(), part.first_version.get(), part.last_version.get()))
            .collect();
        let expected = writes.iter().filter(|write| write.count > 0).map(|write| {
            let before = self.version(write.stream).get();
            (write.stream.to_string(), before + 1, before + u64::from(write.count))
        });
        assert_same(&found, &expected.collect::<Vec<_>>(), "the streams and versions of an append");
    }

    fn verdict(&self, writes: &[ModelWrite], command: Option<(u8, u8)>) -> Verdict {
        if command.is_none() && writes.iter().all(|write| write.count == 0) {
            return Verdict::Empty;
        }
        let twice = |index: usize| writes[..index].iter().any(|write| write.stream == writes[index].stream);
        if (0..writes.len()).any(twice) {
            return Verdict::StreamTwice;
        }
        if let Some((id, payload)) = command
            && let Some((_, known, appended)) = self.commands.get(&id)
        {
            let same = *known == payload;
            return if same { Verdict::AlreadyHandled(appended.clone()) } else { Verdict::CommandIdReused };
        }
        let conflict = writes.iter().find(|write| !write.expected.holds(self.version(write.stream)));
        conflict.map_or(Verdict::Stored, |write| {
            Verdict::Conflict(write.stream.to_string(), write.expected, self.version(write.stream))
        })
    }

    fn version(&self, stream: u8) -> Version {
        Version::new(self.streams.get(&stream).map_or(0, Vec::len) as u64)
    }

    fn stream_writes(&self, writes: &[ModelWrite]) -> Vec<StreamWrite> {
        let mut number = self.log.len() as u64;
        let mut next = |_| {
            number += 1;
            event(number)
        };
        let write = |write: &ModelWrite| StreamWrite {
            stream: stream(write.stream.to_string()),
            expected: write.expected,
            events: (0..write.count).map(&mut next).collect(),
        };
        writes.iter().map(write).collect()
    }

    fn store(&mut self, writes: &[ModelWrite]) {
        for write in writes {
            for _ in 0..write.count {
                let number = self.log.len() as u64 + 1;
                self.log.push(number);
                self.streams.entry(write.stream).or_default().push(number);
            }
        }
    }
}

fn verdict_of(error: StoreError) -> Verdict {
    match error {
        StoreError::EmptyAppend => Verdict::Empty,
        StoreError::StreamTwice(_) => Verdict::StreamTwice,
        StoreError::Conflict { stream, expected, actual } => {
            Verdict::Conflict(stream.key().to_owned(), expected, actual)
        }
        StoreError::AlreadyHandled(first) => Verdict::AlreadyHandled(first.appended),
        StoreError::CommandIdReused { .. } => Verdict::CommandIdReused,
        other => Verdict::Other(format!("{other:?}")),
    }
}
