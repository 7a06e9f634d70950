//! The timers of a process, through one step.

use crate::message::EventId;

use super::{PendingTimer, ProcessManager, SetTimer, StepError, manager::handler_of};

/// The timers that are to come, and what a step does to them.
#[derive(Debug, Default)]
pub(super) struct Timers {
    pub(super) pending: Vec<PendingTimer>,
    pub(super) set: Vec<SetTimer>,
    pub(super) cancelled: Vec<EventId>,
}

impl Timers {
    pub(super) fn of(pending: Vec<PendingTimer>) -> Self {
        Self { pending, ..Self::default() }
    }

    /// A timer that has come is gone, and need not be cancelled.
    pub(super) fn fired(&mut self, id: EventId) {
        self.pending.retain(|timer| timer.id != id);
    }

    /// Sets the timer of a name, or cancels it: of one name, one is pending, also under a former name.
    pub(super) fn change<P: ProcessManager>(
        &mut self,
        name: &str,
        timer: Option<SetTimer>,
    ) -> Result<(), StepError> {
        let handler = handler_of::<P>(name).filter(|handler| handler.is_timer());
        let kind = handler.and_then(|handler| handler.events?.find(name));
        let kind = kind.ok_or_else(|| StepError::UnknownTimer(name.to_owned()))?;
        self.cancel(|pending| kind.is_named(&pending.name));
        if let Some(SetTimer { id, name, due, .. }) = &timer {
            self.pending.push(PendingTimer { id: *id, name: name.clone(), due: *due });
        }
        self.set.extend(timer);
        Ok(())
    }

    pub(super) fn cancel_all(&mut self) {
        self.cancel(|_| true);
    }

    fn cancel(&mut self, which: impl Fn(&PendingTimer) -> bool) {
        self.cancelled.extend(self.pending.extract_if(.., |timer| which(timer)).map(|timer| timer.id));
    }
}
