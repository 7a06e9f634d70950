//! What no store takes.

use std::collections::HashSet;

use foldhash::fast::RandomState;

use crate::store::StoreError;

use super::{Append, StreamWrite};

/// Up to how many writes each is compared with those before it: that is cheaper than a set, and most appends have one.
const FEW: usize = 8;

impl Append {
    /// Refuses what no store takes: an append with neither events nor a command, or with one stream named twice.
    pub fn check_shape(&self) -> Result<(), StoreError> {
        if self.command.is_none() && !self.has_events() {
            return Err(StoreError::EmptyAppend);
        }
        match stream_twice(&self.writes) {
            Some(write) => Err(StoreError::StreamTwice(write.stream.clone())),
            None => Ok(()),
        }
    }

    /// Refuses an event whose payload has more bytes than the store takes.
    pub(crate) fn check_event_sizes(&self, limit: usize) -> Result<(), StoreError> {
        let events = self.writes.iter().flat_map(|write| &write.events);
        match events.map(|event| event.payload.as_json().len()).max() {
            Some(actual) if actual > limit => {
                Err(StoreError::TooLarge { what: "the payload of an event, in bytes,", actual, limit })
            }
            _ => Ok(()),
        }
    }

    /// Returns whether it stores any events. One that does not is the record of a command that decided nothing.
    pub fn has_events(&self) -> bool {
        self.writes.iter().any(|write| !write.is_guard())
    }
}

fn stream_twice(writes: &[StreamWrite]) -> Option<&StreamWrite> {
    if writes.len() <= FEW {
        let known = |index: usize| writes[..index].iter().any(|before| before.stream == writes[index].stream);
        return (0..writes.len()).find(|index| known(*index)).map(|index| &writes[index]);
    }
    let mut known = HashSet::with_capacity_and_hasher(writes.len(), RandomState::default());
    writes.iter().find(|write| !known.insert(&write.stream))
}

#[cfg(test)]
mod tests {
    use crate::{
        message::{CommandId, Metadata, StreamId},
        store::{CommandClaim, CommandForm, Expected},
    };

    use super::*;

    fn guards(keys: impl IntoIterator<Item = usize>) -> Append {
        let guard = |key: usize| StreamWrite {
            stream: StreamId::new("thing", key.to_string()),
            expected: Expected::Any,
            events: Vec::new(),
        };
        let form = CommandForm { version: 1, shape: 0, digest: None };
        let command = CommandClaim { id: CommandId::generate(), name: "do".into(), aliases: &[], form };
        Append {
            writes: keys.into_iter().map(guard).collect(),
            command: Some(command),
            metadata: Metadata::new(),
        }
    }

    #[test]
    fn an_append_needs_events_or_a_command() {
        assert!(guards([]).check_shape().is_ok() && guards([1]).check_shape().is_ok());
        for keys in [vec![], vec![1], vec![1, 2]] {
            let refused = Append { command: None, ..guards(keys) }.check_shape();
            assert!(matches!(refused, Err(StoreError::EmptyAppend)), "{refused:?}");
        }
    }

    #[test]
    fn a_stream_named_twice_is_found_among_few_and_among_many() {
        for count in [2, FEW, FEW + 1, 100_000] {
            assert!(guards(0..count).check_shape().is_ok());
            match guards((0..count).chain([count / 2])).check_shape() {
                Err(StoreError::StreamTwice(stream)) => assert_eq!(stream.key(), (count / 2).to_string()),
                other => panic!("a stream is named twice among {count}: {other:?}"),
            }
        }
    }
}
