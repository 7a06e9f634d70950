//! The step itself: a function of where the process stands and of the trigger, and of nothing else.
//!
//! It waits for nothing, asks no clock and stores nothing. So two workers that make a step of the same trigger on the same state
//! make the same one, and the store keeps one of them.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::{
    event::{DecodeReason, Event, Payload},
    handler::{EventContext, FoldError, Lifecycle},
    json::JsonError,
    message::StreamId,
    panics,
    store::RefusalReason,
};

use super::{
    CommandRefused, Limits, Outcome, ProcessManager, Skipped, Standing, Step, StepClaim, StepError, Trigger,
    TriggerKind, chain,
    desk::{Desk, Draft},
    manager::handler_of,
    timers::Timers,
};

/// Returns what the process in this stream makes of a trigger that is for it, and where it stands then.
///
/// After an error it stands where it stood: nothing of it is to be kept. A trigger is handled once by whoever stores the step with
/// its claim; see [`Step::append`].
pub fn step<P: ProcessManager>(
    process: &StreamId,
    standing: Standing<P>,
    trigger: &Trigger,
    limits: &Limits,
) -> Result<(Outcome, Standing<P>), StepError> {
    if let Some(outcome) = passed_over(process, &standing, trigger)? {
        return Ok((outcome, standing));
    }
    let depth = depth_of_step(trigger, limits)?;
    let claim = StepClaim::new(process, trigger.event().envelope.id);
    let desk = Desk::new(claim, trigger.time(), depth, *limits);
    let (before, pending) = match standing {
        Standing::Live { state, pending } => (Lifecycle::Live(state), pending),
        Standing::Absent | Standing::Ended => (Lifecycle::Absent, Vec::new()),
    };
    let after = handled(before, trigger, &desk)?;
    let (step, standing) = recorded::<P>(after, trigger, Timers::of(pending), desk.into_draft()?)?;
    within::<P>(&step, limits)?;
    Ok((Outcome::Step(Box::new(step)), standing))
}

/// What no handler is called for.
fn passed_over<P: ProcessManager>(
    process: &StreamId,
    standing: &Standing<P>,
    trigger: &Trigger,
) -> Result<Option<Outcome>, StepError> {
    let event = &trigger.event().envelope;
    let handler = handler_of::<P>(&event.name);
    let starts = handler.is_some_and(|handler| handler.builds);
    Ok(match (trigger.kind(), standing) {
        (TriggerKind::Timer, _) if standing.pending().iter().all(|timer| timer.id != event.id) => {
            Some(Outcome::Skipped(Skipped::TimerNotPending))
        }
        // Whoever has ended the process knows that its commands do not come to anything.
        (TriggerKind::Refusal, Standing::Ended) if is_withdrawn(trigger)? => {
            Some(Outcome::Skipped(Skipped::Ended))
        }
        (TriggerKind::Refusal, Standing::Ended) => return Err(refusal(process, trigger, true)?),
        (TriggerKind::Refusal, _) if handler.is_none() => return Err(refusal(process, trigger, false)?),
        (_, Standing::Ended) => Some(Outcome::Skipped(Skipped::Ended)),
        (_, Standing::Live { .. }) if starts => Some(Outcome::Skipped(Skipped::Started)),
        (_, Standing::Absent) if !starts => Some(Outcome::Unmatched),
        _ => None,
    })
}

fn is_withdrawn(trigger: &Trigger) -> Result<bool, StepError> {
    Ok(CommandRefused::read(trigger.event())?.reason == RefusalReason::Withdrawn)
}

/// Why a refusal is for nobody, or for nobody any more.
fn refusal(process: &StreamId, trigger: &Trigger, ended: bool) -> Result<StepError, StepError> {
    let CommandRefused { command, reason, text } = CommandRefused::read(trigger.event())?;
    let (process, command) = (process.clone(), command.name.to_string());
    Ok(if ended {
        StepError::RefusalAfterEnd { process, command, reason, text }
    } else {
        StepError::RefusalUnhandled { process, command, reason, text }
    })
}

fn depth_of_step(trigger: &Trigger, limits: &Limits) -> Result<u32, StepError> {
    let depth = chain::depth(&trigger.event().envelope.metadata)?;
    if depth >= limits.chain {
        return Err(StepError::ChainTooLong { depth });
    }
    Ok(depth + 1)
}

/// The state after the handler.
fn handled<P: ProcessManager>(
    mut state: Lifecycle<P>,
    trigger: &Trigger,
    desk: &Desk,
) -> Result<Lifecycle<P>, StepError> {
    let event = trigger.event();
    let decoded = event.decode::<P::Event>()?;
    let context = EventContext::recorded(event).with_desk(desk);
    let folded = catch_unwind(AssertUnwindSafe(|| P::fold(&mut state, &decoded, &context)));
    match folded {
        Ok(Ok(())) => Ok(state),
        Ok(Err(FoldError::Argument(reason))) => Err(StepError::Argument(reason)),
        Ok(Err(reason)) => Err(StepError::Handler(reason)),
        Err(panic) => Err(StepError::Panicked {
            handler: handler_of::<P>(&event.envelope.name).map_or("", |handler| handler.name),
            text: panics::message(&*panic),
        }),
    }
}

/// The step as it is stored, and where the process stands as whoever reads it back sees it.
fn recorded<P: ProcessManager>(
    after: Lifecycle<P>,
    trigger: &Trigger,
    mut timers: Timers,
    draft: Draft,
) -> Result<(Step, Standing<P>), StepError> {
    timers.fired(trigger.event().envelope.id);
    let (commands, mut state, mut standing) = (draft.commands, None, Standing::Ended);
    if let Lifecycle::Live(live) = after {
        draft.timers.into_iter().try_for_each(|(name, timer)| timers.change::<P>(&name, timer))?;
        let (json, read) = P::CODEC.read_back(&live).map_err(unwritable::<P>)?;
        state = Some(Payload::from_json(json));
        standing = Standing::Live { state: read, pending: timers.pending.clone() };
    } else {
        timers.cancel_all();
    }
    let Timers { pending, set: timers, cancelled } = timers;
    let (ended, state_version) = (state.is_none(), P::VERSION);
    let step = Step {
        trigger: trigger.for_step(),
        state,
        state_version,
        commands,
        timers,
        cancelled,
        pending,
        ended,
    };
    Ok((step, standing))
}

fn within<P: ProcessManager>(step: &Step, limits: &Limits) -> Result<(), StepError> {
    let (size, most) = (step.encode().map_err(unwritable::<P>)?.as_json().len(), limits.bytes);
    if size > most {
        return Err(StepError::TooLarge { what: "bytes", found: size, most });
    }
    Ok(())
}

fn unwritable<P: ProcessManager>(reason: JsonError) -> StepError {
    let reason = DecodeReason::Payload(reason);
    StepError::Unwritable { what: "the state of", name: P::NAME.to_owned(), reason }
}
