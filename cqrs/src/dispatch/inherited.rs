//! What a command has of the library's own headers by right: from the process that sent it, or from the event it answers.

use std::collections::BTreeMap;

use crate::{
    message::{Metadata, ReservedHeader},
    process::{SentCommand, passed_on},
};

use super::sent::Pending;

/// Headers that a caller may not set, with the reason why this command has them.
#[derive(Clone, Debug)]
pub(crate) struct Inherited {
    headers: BTreeMap<String, String>,
    /// The command as its process sent it, whose refusal the process is to hear of.
    pub(super) sent: Option<Box<SentCommand>>,
}

impl Inherited {
    /// Of a command that answers an event: it comes from the process that the event comes from, if there is one.
    pub(super) fn from_event(event: &Metadata) -> Option<Box<Self>> {
        let headers = passed_on(event);
        (!headers.is_empty()).then(|| Box::new(Self { headers, sent: None }))
    }

    /// Of a command that a process sends, with this metadata.
    pub(crate) fn from_process(sent: SentCommand, metadata: &Metadata) -> Self {
        Self { headers: passed_on(metadata), sent: Some(Box::new(sent)) }
    }
}

impl<T> Pending<T> {
    /// Refuses headers of the library's own, and then adds those that the command has by right.
    pub(super) fn complete_headers(&mut self) -> Result<(), ReservedHeader> {
        self.metadata.check_headers()?;
        if let Some(inherited) = &self.inherited {
            self.metadata.headers.extend(inherited.headers.clone());
        }
        Ok(())
    }
}
