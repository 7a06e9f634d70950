//! Skipping a command that holds up the step it is in.

use crate::{
    dispatch::Core,
    error_chain::because,
    event::RecordedEvent,
    handler::BoxError,
    message::CommandId,
    store::{Refusal, RefusalReason, StoreError},
    subscription::Unhandled,
};

use super::{
    super::{SentCommand, Step, names},
    withdrawing::refuse_unanswered,
};

/// A command of a step was not sent. It names the command, for people and for whoever skips it.
#[derive(Debug, thiserror::Error)]
#[error("the command `{name}` ({id}) has no outcome{}", because(&**error))]
struct NotSent {
    name: String,
    id: CommandId,
    #[source]
    error: BoxError,
}

/// The same failure, with the command that it is of.
pub(super) fn of_command(failure: Unhandled, (name, id): (String, CommandId)) -> Unhandled {
    let of = |error| BoxError::from(NotSent { name, id, error });
    match failure {
        Unhandled::Failed(error) => Unhandled::Failed(of(error)),
        Unhandled::ForGood(error) => Unhandled::ForGood(of(error)),
        Unhandled::Away(error) => Unhandled::Away(of(error)),
    }
}

/// Refuses the command for which a step waits in a letter with this text, so that nobody who has slept accepts it after all; says
/// whether there was one. The rest of the step is still to be sent.
pub(crate) async fn skip_command(core: &Core, event: &RecordedEvent, text: &str) -> Result<bool, StoreError> {
    if event.envelope.name != names::STEP {
        return Ok(false);
    }
    let step: Step = event.decode()?;
    let refusal = || Refusal::new(RefusalReason::Skipped, format!("somebody skipped it; {text}"));
    let named = |command: &&SentCommand| text.contains(&command.id.to_string());
    if let Some(command) = step.commands.iter().find(named) {
        // Whether it was refused now, or has come to something meanwhile: it holds up nothing any more.
        return refuse_unanswered(core, command, &event.envelope, refusal()).await.map(|_| true);
    }
    for command in step.commands.iter().filter(|command| may_hold_up(command)) {
        if refuse_unanswered(core, command, &event.envelope, refusal()).await? {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether a step may wait for it. What goes over a bus is others', and what waits for its own time holds nothing; if it could not even be
/// entered, the letter says so.
fn may_hold_up(command: &SentCommand) -> bool {
    !command.remote && command.due.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Timestamp;

    #[test]
    fn what_waits_for_its_own_time_or_is_with_others_holds_up_nothing() {
        let plain = SentCommand {
            index: 0,
            id: CommandId::generate(),
            name: "refund".into(),
            key: "7".into(),
            version: 1,
            shape: 0,
            payload: crate::event::Payload::from_json("{}"),
            due: None,
            expires: Some(Timestamp::UNIX_EPOCH),
            remote: false,
            depth: 0,
        };
        let later = SentCommand { due: Some(Timestamp::UNIX_EPOCH), ..plain.clone() };
        let over_the_bus = SentCommand { remote: true, ..plain.clone() };
        assert_eq!([&plain, &later, &over_the_bus].map(may_hold_up), [true, false, false]);
    }
}
