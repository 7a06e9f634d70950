//! What an outbox writes on while a handler runs.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use smol_str::SmolStr;

use crate::{
    command::Command,
    event::{DecodeReason, Event, Payload, StoredEvent, StoredMetadata},
    json,
    message::{EventId, Position, Version},
};

use super::{Limits, SentCommand, SetTimer, StepClaim, StepError, chain};

/// What a handler has asked for so far. It is lent to the outbox, and read when the handler has returned; after a panic it is
/// thrown away.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) claim: StepClaim,
    /// The time of the trigger, from which everything counts.
    pub(super) time: Timestamp,
    /// How many steps lie behind this one, itself included.
    depth: u32,
    limits: Limits,
    draft: Mutex<Draft>,
}

/// What is to be sent, set and cancelled.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) commands: Vec<SentCommand>,
    /// By name: the timer that is set last, or that it is cancelled.
    pub(super) timers: BTreeMap<SmolStr, Option<SetTimer>>,
    /// The first thing that cannot be done. A handler cannot fail; its step does.
    failed: Option<StepError>,
}

impl Desk {
    pub(super) fn new(claim: StepClaim, time: Timestamp, depth: u32, limits: Limits) -> Self {
        Self { claim, time, depth, limits, draft: Mutex::default() }
    }

    fn draft(&self) -> MutexGuard<'_, Draft> {
        self.draft.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the handler has asked for, or the first of it that cannot be done.
    pub(super) fn into_draft(self) -> Result<Draft, StepError> {
        let mut draft = self.draft.into_inner().unwrap_or_else(PoisonError::into_inner);
        draft.failed.take().map_or(Ok(draft), Err)
    }

    /// Puts a command at the end, and returns its index.
    pub(super) fn send<C: Command>(&self, command: &C, remote: bool) -> usize {
        let mut draft = self.draft();
        let index = draft.commands.len();
        match self.written(command, index, remote) {
            Ok(command) => draft.commands.push(command),
            Err(error) => draft.fail(error),
        }
        index
    }

    fn written<C: Command>(&self, command: &C, index: usize, remote: bool) -> Result<SentCommand, StepError> {
        if index >= self.limits.commands {
            let (found, most) = (index + 1, self.limits.commands);
            return Err(StepError::TooLarge { what: "commands", found, most });
        }
        let (payload, _) = C::CODEC
            .read_back(command)
            .map_err(|reason| unwritable("the command", C::NAME, DecodeReason::Payload(reason)))?;
        Ok(SentCommand {
            index: u32::try_from(index).unwrap_or(u32::MAX),
            id: self.claim.command(index),
            name: SmolStr::new_static(C::NAME),
            key: smol_str::format_smolstr!("{}", command.aggregate_id()),
            version: C::VERSION,
            shape: C::SHAPE,
            payload: Payload::from_json(payload),
            due: None,
            expires: None,
            remote,
            depth: self.depth,
        })
    }

    /// Says more about a command; nothing, if it could not be written.
    pub(super) fn amend(&self, index: usize, change: impl FnOnce(&mut SentCommand)) {
        if let Some(command) = self.draft().commands.get_mut(index) {
            change(command);
            command.depth = chain::depth_after(self.depth, self.time, command.due);
        }
    }

    /// Sets a timer, in place of one of the same name.
    pub(super) fn set<T: Event>(&self, timer: &T, due: Timestamp) {
        let mut draft = self.draft();
        let set = self.written_timer(timer, due);
        match set {
            Ok(_) if draft.timers.len() >= self.limits.commands => {
                let (found, most) = (draft.timers.len() + 1, self.limits.commands);
                draft.fail(StepError::TooLarge { what: "timers", found, most });
            }
            Ok(timer) => drop(draft.timers.insert(timer.name.clone(), Some(timer))),
            Err(error) => draft.fail(error),
        }
    }

    fn written_timer<T: Event>(&self, timer: &T, due: Timestamp) -> Result<SetTimer, StepError> {
        let kind = timer.kind();
        let refused = |reason| unwritable("the timer", kind.name, reason);
        let payload = timer.encode().map_err(|reason| refused(DecodeReason::Payload(reason)))?;
        let stored = StoredEvent {
            position: Position::START,
            category: "",
            key: "",
            version: Version::NONE,
            id: EventId::from(self.claim.id().as_uuid()),
            name: kind.name,
            schema_version: kind.version,
            payload: payload.as_json(),
            metadata: StoredMetadata::LeftOut,
        };
        let read = T::decode(&stored).map_err(|error| refused(error.into_reason()))?;
        if let (Some(written), Some(read)) = (timer.content(), read.content()) {
            json::compare(written, read).map_err(|reason| refused(DecodeReason::Payload(reason)))?;
        }
        Ok(SetTimer {
            id: self.claim.timer(kind.name),
            name: SmolStr::new_static(kind.name),
            schema_version: kind.version,
            payload,
            due,
            depth: chain::depth_after(self.depth, self.time, Some(due)),
        })
    }

    /// Cancels the timers of a type.
    pub(super) fn cancel<T: Event>(&self) {
        let mut draft = self.draft();
        for kind in T::KINDS.to_vec() {
            draft.timers.insert(SmolStr::new_static(kind.name), None);
        }
    }
}

impl Draft {
    fn fail(&mut self, error: StepError) {
        self.failed.get_or_insert(error);
    }
}

fn unwritable(what: &'static str, name: &str, reason: DecodeReason) -> StepError {
    StepError::Unwritable { what, name: name.to_owned(), reason }
}
