//! Who is who: the ids of steps, of what they send and of the timers they set.
//!
//! Invariant: they are made of the process's name, its id and the trigger's id, and of nothing else. So a deployment that
//! changes what a step contains, and a transform that changes positions, lead to the same ids: nothing is sent twice.

use crate::{
    message::{CommandId, EventId, StreamId},
    store::{CommandClaim, CommandForm, Fingerprint},
};

use super::names;

/// The right to handle one trigger for one process. The store grants it once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct StepClaim {
    id: CommandId,
    digest: Fingerprint,
}

impl StepClaim {
    /// Returns the claim of the process in this stream on this trigger.
    pub fn new(process: &StreamId, trigger: EventId) -> Self {
        // No two read alike: the name has no `/`, and the trigger's id is of one length.
        let text = format!("{process}/{trigger}");
        Self { id: CommandId::derived(names::STEP, &text), digest: Fingerprint::of(text.as_bytes()) }
    }

    /// Returns the id that is claimed.
    pub fn id(&self) -> CommandId {
        self.id
    }

    /// Returns the id of the step's event.
    pub fn event_id(&self) -> EventId {
        self.id.as_uuid().into()
    }

    /// Returns the id of the command that the step sends as number `index`, from 0.
    pub fn command(&self, index: usize) -> CommandId {
        CommandId::derived("process/command", format_args!("{}/{index}", self.id))
    }

    /// Returns the id of the timer with this stored name that the step sets: of the timer's event, too.
    pub fn timer(&self, name: &str) -> EventId {
        EventId::derived(names::TIMER, format_args!("{}/{name}", self.id))
    }

    /// Returns the claim as an append carries it.
    pub fn to_command(&self) -> CommandClaim {
        let form = CommandForm { version: 1, shape: 0, digest: Some(self.digest) };
        CommandClaim { id: self.id, name: smol_str::SmolStr::new_static(names::STEP), aliases: &[], form }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(category: &str, key: &str, trigger: EventId) -> StepClaim {
        StepClaim::new(&StreamId::new(category.to_owned(), key.to_owned()), trigger)
    }

    #[test]
    fn the_same_process_and_trigger_give_the_same_ids_and_others_give_others() {
        let trigger = EventId::generate();
        let one = claim("process/registration", "7", trigger);
        assert_eq!(one, claim("process/registration", "7", trigger));
        assert_eq!(one.command(3), claim("process/registration", "7", trigger).command(3));
        for other in [
            claim("process/refunding", "7", trigger),
            claim("process/registration", "8", trigger),
            claim("process/registration", "7", EventId::generate()),
        ] {
            assert_ne!(one.id(), other.id());
            assert_ne!(one.command(0), other.command(0));
            assert_ne!(one.timer("expired"), other.timer("expired"));
        }
        assert_ne!(one.command(0), one.command(1));
        assert_ne!(one.timer("expired"), one.timer("reminded"));
    }

    #[test]
    fn the_ids_are_those_of_all_releases() {
        let trigger: EventId = "0198c0de-0000-7000-8000-000000000001".parse().unwrap();
        let claim = claim("process/registration", "7", trigger);
        let ids = [claim.id().to_string(), claim.command(0).to_string(), claim.timer("expired").to_string()];
        assert_eq!(
            ids,
            [
                "8df06ecb-aa70-557b-98f3-9ac575e8a0fd",
                "f3535f3f-12f0-515b-871d-ef5bb60ca1c3",
                "f5f14bfd-acdb-52c1-9a71-7da2f973ba90"
            ]
        );
    }
}
