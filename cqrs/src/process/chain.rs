//! Chains of causes: which process a message comes from, and how many steps lie behind it.
//!
//! Both travel as headers under the library's own prefix. A command of a process carries them, the events it causes have them
//! from it, event handlers pass them on, and another process's step replaces the process and counts one more.

use std::{collections::BTreeMap, time::Duration};

use jiff::Timestamp;

use crate::{
    clock::later,
    message::{Metadata, StreamId},
};

use super::{StepError, names};

/// What waits for at least this long begins a new chain: a process that wakes up once a month goes on for ever, one that
/// answers its own event does not.
const PAUSE: Duration = Duration::from_secs(1);

/// How many steps lie behind a message.
pub(crate) fn depth(metadata: &Metadata) -> Result<u32, StepError> {
    let Some(text) = metadata.headers.get(names::DEPTH_HEADER) else { return Ok(0) };
    text.parse().map_err(|_| StepError::Header { name: names::DEPTH_HEADER, found: text.clone() })
}

/// The process whose command caused a message, if it is one of this category: its key.
pub(crate) fn sender<'a>(metadata: &'a Metadata, category: &str) -> Option<&'a str> {
    let process = metadata.headers.get(names::PROCESS_HEADER)?;
    process.strip_prefix(category)?.strip_prefix('/')
}

/// The process whose command a message is, or was caused by: its stream.
pub(crate) fn process(metadata: &Metadata) -> Option<StreamId> {
    let process = metadata.headers.get(names::PROCESS_HEADER)?;
    let (name, key) = process.strip_prefix(names::CATEGORY_PREFIX)?.split_once('/')?;
    Some(StreamId::new(smol_str::format_smolstr!("{}{name}", names::CATEGORY_PREFIX), key))
}

/// What is passed on from a message to those that it causes.
pub(crate) fn passed_on(metadata: &Metadata) -> BTreeMap<String, String> {
    let found = [names::PROCESS_HEADER, names::DEPTH_HEADER].map(|name| metadata.headers.get_key_value(name));
    found.into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// The depth of what a step of this depth sends or sets, if it waits until `due`.
pub(crate) fn depth_after(step: u32, trigger: Timestamp, due: Option<Timestamp>) -> u32 {
    let waits = due.is_some_and(|due| due >= later(trigger, PAUSE));
    if waits { 0 } else { step }
}

/// Names the process and the depth in the headers of a message.
pub(crate) fn name(metadata: &mut Metadata, process: &StreamId, depth: u32) {
    metadata.headers.insert(names::PROCESS_HEADER.to_owned(), process.to_string());
    metadata.headers.insert(names::DEPTH_HEADER.to_owned(), depth.to_string());
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_tells_its_process_and_its_depth() {
        let mut metadata = Metadata::new();
        assert_eq!((depth(&metadata).unwrap(), sender(&metadata, "process/registration")), (0, None));
        name(&mut metadata, &StreamId::new("process/registration", "a/b"), 3);
        assert_eq!(depth(&metadata).unwrap(), 3);
        assert_eq!(sender(&metadata, "process/registration"), Some("a/b"));
        assert_eq!(sender(&metadata, "process/reg"), None);
        assert_eq!(process(&metadata), Some(StreamId::new("process/registration", "a/b")));
        assert_eq!(passed_on(&metadata), metadata.headers);
        metadata.headers.insert(names::DEPTH_HEADER.to_owned(), "many".to_owned());
        assert!(matches!(depth(&metadata), Err(StepError::Header { .. })));
    }

    #[test]
    fn a_pause_begins_a_new_chain() {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(depth_after(7, now, None), 7);
        assert_eq!(depth_after(7, now, Some(now)), 7);
        assert_eq!(depth_after(7, now, Some(later(now, PAUSE))), 0);
    }
}
