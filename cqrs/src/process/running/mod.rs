//! Running process managers: two workers for each, which are event handlers like any other.
//!
//! ```text
//! log ─▶ steps worker, `process/<name>/steps`: domain events, due timers, refusals; a lane is a process
//!          ├─▶ the step, appended with its claim at the exact version of the process's stream
//!          └─▶ then its timers, as rows of the due table
//! log ─▶ sender, `process/<name>/sender`: the step events; a lane is a process
//!          ├─▶ its commands, in order, each under its own id: dispatcher, due table or command bus
//!          └─▶ refused? the refusal event, appended to the process's stream under the command's id
//! due table ─▶ poller (room `schedule`): the timer event, appended to the process's stream under the timer's id; the row goes
//! ```
//!
//! Both are run by [`handling`](crate::subscription), with checkpoints and letters: that a trigger is not
//! lost, that those of one process are in order, and that a process which fails holds nobody but itself, is said and tested
//! there. On PostgreSQL each is divided into sixteen [slots](names::SLOTS), by the id of the process, which several processes of the
//! operating system share; elsewhere each has one owner. That nothing is lost, doubled or reordered when a slot moves is
//! said there, too.
//!
//! A slot has a lease for its steps and one for its sending, and they may be held by two. For one lease there is no need: the sender
//! knows nothing of the steps worker but the log, in which the steps are in order; whoever has sent what, its ids say. So neither
//! waits for the other to be given up, and each is run by what runs any event handler.
//!
//! What is added here:
//!
//! 1. *At most one step for a trigger.* The claim of a step is made of the process and its trigger. A trigger that comes again, after
//!    a crash or to a former owner of the lease, finds its claim taken. What is remembered of a process ([`Known`](last::Known)) is
//!    used with the version it was at, and the append fails if the stream has moved: so it is never used when it is old, whoever has the lease. A
//!    former owner's one call under way may still land, out of order if others have skipped its trigger meanwhile.
//! 2. *Timers and refusals follow from the log*, and are not written in the append of the step. That is the same on every store,
//!    and right: a trigger is done only when the rows are there, so none is lost; setting and removing rows twice is setting and
//!    removing them once. A row that comes too late, or again, fires into the claim of the timer, which is taken once, or into the step
//!    of a process for which it is not pending, which passes it over. Timers do not wait for commands: it is the steps
//!    worker that sets them.
//! 3. *Accepted or refused, never both.* A command's events and its refusal claim the same id, the command's. Whoever comes second
//!    finds the first and goes on; the dispatcher tells the two apart ([`refusal_of`]). A store that takes an id once in a
//!    stream only refuses the command in its own streams first; the refusal's event follows, by whoever finds that without it.
//! 4. *In order.* A refused command does not stop the rest of its step. One that fails otherwise makes its step a letter, which
//!    holds the later steps of its process; when the step is sent again, what has an outcome is passed by. A command with a time of its own
//!    waits in the due table, and holds nothing.
//! 5. *What comes too early* is ignored and counted, or waits in its process's stream ([`waiting`]), as the process manager says. What no
//!    process could ever be for, such as an event that none has caused, is ignored and counted in any case.
//!    What was ignored stays ignored when it is read again: the last step says how far its process had come in the log.
//! 6. *Where a process stands* is a row that its trigger's settlement keeps ([`rows`]); of two rows the newer is true, so it does not matter who
//!    writes them, nor how many do.
//! 7. *The end by an operator's hand* is an event of the process's stream, and stands for its last step; what follows from it is
//!    done in a lane of its own ([`withdrawing`]).
//!
//! What cannot get better by itself (a state that does not decode, a panic, a refusal that nobody takes, a command that nobody knows)
//! is a dead letter at once; what is away counts no attempt.

mod ending;
mod failures;
mod last;
mod listing;
mod looking;
mod making;
mod names;
mod patience;
mod refusing;
mod rows;
mod sender;
mod sending;
mod skipping;
mod starts;
mod steps;
mod timers;
mod wait;
mod waiting;
mod withdrawing;
mod written;

use futures_util::FutureExt;

#[cfg(any(feature = "sqlite", feature = "postgres"))]
use crate::subscription::run_divided;
use crate::{
    handler::Concern,
    subscription::{Environment, Facts, Handle, Running, Source, StatusSender, Wanted, run_handler},
};

pub use ending::{EndError, EndProcess, Ending};
pub use listing::{ProcessInSight, ProcessPages};
pub use looking::{LookError, Past, Processes, Was};
pub(crate) use names::Names;
pub(crate) use refusing::{Refusing, refusal_of};
pub(crate) use sender::Sender;
pub(crate) use skipping::skip_command;
pub(crate) use starts::begin;
pub(crate) use steps::Steps;
pub use wait::StepsWaiting;

/// How many processes are worked on at a time: their appends share a commit.
const AT_ONCE: usize = 64;

/// One of the two, ready to run: in slots of these names where the store shares them out, and else as a whole.
pub(crate) fn run<H: Handle>(
    make: impl Fn() -> H + Send + Sync + 'static,
    slots: &'static [&'static str],
    wanted: Wanted,
    environment: &Environment,
) -> Running {
    #[cfg(any(feature = "sqlite", feature = "postgres"))]
    if crate::store::shared_out(&*environment.store).is_some() {
        return run_divided(Box::new(move || Box::new(make())), slots, wanted, environment);
    }
    let (_, handle) = (slots, make());
    let (status, watched) = StatusSender::new(handle.start().name);
    let (source, requests) = Source::of(environment, wanted.clone());
    let facts = Facts::new(Box::new(handle), wanted.clone(), Concern::default());
    let task = run_handler(source, status, facts).boxed();
    Running { status: watched, parts: Vec::new(), requests, wanted, model: None, task }
}
