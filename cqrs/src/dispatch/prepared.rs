//! A command made ready: its stream, its JSON, its claim.

use std::sync::atomic::{AtomicBool, Ordering};

use smol_str::SmolStr;

use crate::{
    command::Command,
    json,
    message::{CausationId, Metadata, StreamId},
    store::{CommandClaim, Fingerprint},
};

use super::{DispatchError, Receipt, Request};

/// What of a request stays the same over all attempts.
#[derive(Debug)]
pub struct Prepared {
    pub(super) claim: CommandClaim,
    /// The aggregate's stream; `None` for a command that a function handles.
    pub(super) stream: Option<StreamId>,
    /// The command as JSON: what its fingerprint is of, and what further attempts decode it from.
    pub(super) json: Box<str>,
    /// What the events carry: the command's metadata, caused by the command.
    pub(super) metadata: Metadata,
    /// What caused the command itself.
    pub(super) causation_id: Option<CausationId>,
    /// Whether the command may be stored already, by a twin of the same id or by a write of unknown fate.
    may_be_stored: AtomicBool,
}

impl Prepared {
    pub(super) fn new<C: Command, E>(
        request: &Request<C>,
        stream: Option<StreamId>,
    ) -> Result<Self, DispatchError<E>> {
        let json = json::encode(&request.command).map_err(malformed::<C, E>)?;
        let fingerprint = Fingerprint::of(C::NAME, json.as_bytes());
        let claim = CommandClaim { id: request.id, name: SmolStr::new_static(C::NAME), fingerprint };
        let causation_id = request.metadata.causation_id;
        let metadata = Metadata { causation_id: Some(request.id.into()), ..request.metadata.clone() };
        let may_be_stored = AtomicBool::new(request.given);
        Ok(Self { claim, stream, json, metadata, causation_id, may_be_stored })
    }

    /// Whether events of this command may be in the log although this dispatch stored none.
    fn may_be_stored(&self) -> bool {
        self.may_be_stored.load(Ordering::Relaxed)
    }

    /// Whether the store must be asked before this outcome is believed.
    pub(super) fn needs_a_look<E>(&self, outcome: &Result<Receipt, DispatchError<E>>) -> bool {
        let stored = outcome.as_ref().is_ok_and(|receipt| !receipt.appended.streams.is_empty());
        !stored && self.may_be_stored()
    }

    /// A write of the command was sent, and its fate is not known.
    pub(super) fn fate_is_unknown(&self) {
        self.may_be_stored.store(true, Ordering::Relaxed);
    }

    /// The command once more, for a further attempt: the first has consumed it.
    pub(super) fn command_again<C: Command, E>(&self) -> Result<C, DispatchError<E>> {
        serde_json::from_str(&self.json).map_err(malformed::<C, E>)
    }

    /// The metadata of the command itself.
    pub(super) fn command_metadata(&self) -> Metadata {
        Metadata { causation_id: self.causation_id, ..self.metadata.clone() }
    }
}

fn malformed<C: Command, E>(reason: serde_json::Error) -> DispatchError<E> {
    DispatchError::Malformed { name: C::NAME.to_owned(), reason }
}
