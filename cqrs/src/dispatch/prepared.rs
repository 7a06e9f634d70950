//! A command made ready: its stream, its JSON, its claim.

use std::sync::atomic::{AtomicBool, Ordering};

use smol_str::SmolStr;

use crate::{
    command::Command,
    event::Payload,
    json::JsonError,
    message::{CausationId, Metadata, StreamId},
    store::{CommandClaim, CommandForm},
};

use super::{
    DispatchError, Receipt,
    digest::digest,
    sent::{Origin, Pending},
};

/// What of a request stays the same over all attempts.
#[derive(Debug)]
pub struct Prepared {
    pub(super) claim: CommandClaim,
    /// The aggregate's stream; `None` for a command that a function handles.
    pub(super) stream: Option<StreamId>,
    /// The command as JSON: what its digest is of, and what further attempts decode it from.
    pub(super) json: Payload,
    /// What the events carry: the command's metadata, caused by the command.
    pub(super) metadata: Metadata,
    /// What caused the command itself.
    pub(super) causation_id: Option<CausationId>,
    /// Whether the command may come again under its id: then every accepted decision is kept, so that none is taken twice.
    pub(super) given: bool,
    /// Whether an append has answered the command: what it decided is stored, now or before.
    answered: AtomicBool,
    /// Whether the command may be stored already, by a twin of the same id or by a write of unknown fate.
    may_be_stored: AtomicBool,
}

impl Prepared {
    /// Makes ready a command that its handler has not taken yet.
    pub(super) fn new<C: Command, E>(
        request: &Pending<C>,
        stream: impl FnOnce(&C) -> Option<StreamId>,
    ) -> Result<Self, DispatchError<E>> {
        let command = request.command()?;
        let (json, stream) = (C::CODEC.encode(command).map_err(malformed::<C, E>)?, stream(command));
        // A generated id never comes again with another command; what comes again under a derived one is the same.
        let compared = request.origin == Origin::Given && C::REPRODUCIBLE;
        let digest = compared.then(|| digest(json.as_json()));
        let form = CommandForm { version: C::VERSION, shape: C::SHAPE, digest };
        let claim =
            CommandClaim { id: request.id, name: SmolStr::new_static(C::NAME), aliases: C::ALIASES, form };
        let causation_id = request.metadata.causation_id;
        let metadata = Metadata { causation_id: Some(request.id.into()), ..request.metadata.clone() };
        let given = request.origin.may_come_again();
        let (answered, may_be_stored) = (AtomicBool::new(false), AtomicBool::new(given));
        Ok(Self { claim, stream, json, metadata, causation_id, given, answered, may_be_stored })
    }

    /// Whether events of this command may be in the log although this dispatch stored none.
    fn may_be_stored(&self) -> bool {
        self.may_be_stored.load(Ordering::Relaxed)
    }

    /// Whether the store must be asked before this outcome is believed.
    pub(super) fn needs_a_look<E>(&self, outcome: &Result<Receipt, DispatchError<E>>) -> bool {
        let stored = outcome.is_ok() && self.answered.load(Ordering::Relaxed);
        !stored && self.may_be_stored()
    }

    /// What the command decided is stored.
    pub(super) fn is_answered(&self) {
        self.answered.store(true, Ordering::Relaxed);
    }

    /// A write of the command was sent, and its fate is not known.
    pub(super) fn fate_is_unknown(&self) {
        self.may_be_stored.store(true, Ordering::Relaxed);
    }

    /// The command once more, for a further attempt: the first has consumed it.
    pub(super) fn command_again<C: Command, E>(&self) -> Result<C, DispatchError<E>> {
        C::CODEC.decode(self.json.as_json()).map_err(malformed::<C, E>)
    }

    /// The metadata of the command itself.
    pub(super) fn command_metadata(&self) -> Metadata {
        Metadata { causation_id: self.causation_id, ..self.metadata.clone() }
    }
}

fn malformed<C: Command, E>(reason: JsonError) -> DispatchError<E> {
    DispatchError::Malformed { name: C::NAME.to_owned(), reason }
}
