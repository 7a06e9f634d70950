//! Processes: what a business does over time and over several aggregates.
//!
//! ```text
//! log ─▶ Trigger::of ─▶ find: whose? ─▶ Standing::after(last step) ─▶ step ─▶ Outcome::Step ─▶ Step::append, with its claim
//!                                                                        ├─▶ Outcome::Skipped, counted
//!                                                                        ├─▶ Outcome::Unmatched: ignored, or a letter
//!                                                                        └─▶ StepError: a letter of the process
//! log ─▶ Step::commands ─▶ dispatcher or bus ─▶ refused? CommandRefused::event, under the command's own id as its claim
//! due table, with TimerRows ─▶ TimerRow::event, under the timer's own id as its claim
//! ```
//!
//! A [`ProcessManager`] is a fold, as an aggregate is: over *triggers*, which are events of the domain, its own timers, and
//! refusals of the commands it sent. Every trigger is an event of the log, so there is one order of them. What a process makes of
//! one trigger is a [`Step`]: its next state, the commands it sends, the timers it sets; one event of the process's own stream.
//!
//! This room is functions of data: it reads and writes nothing, and asks no clock; whoever runs it is in `running`. What holds here, each with tests:
//!
//! 1. *The same again.* A step follows from where the process stands and from the trigger, and from nothing else. `after` counts from the
//!    trigger's own time, which for a timer is when it was due.
//! 2. *Ids of nothing that changes.* [`StepClaim`]: the claim is (process name, process id, trigger's event id), a command's id is
//!    (claim, index), a timer's is (claim, name). No positions, versions or content.
//! 3. *What comes at the wrong time is passed over*: a starter for a process that has started or ended, whatever comes for one that has
//!    ended, a timer that is not pending ([`Skipped`]). But a refusal that meets an ended process is a letter: somebody must hear of it.
//! 4. *Readable or refused.* State, commands and timers are read back by their own types before a step is one. A stored state that cannot
//!    be read is an error that names the field, and never a default.
//! 5. *A panic is a failure*, and so is what would not fit: too many commands, too many bytes, too long a chain of causes.

mod append;
mod chain;
mod claim;
mod desk;
mod ended;
mod error;
mod find;
mod limits;
mod manager;
pub mod names;
mod outbox;
mod outcome;
mod refusal_name;
mod refused;
mod running;
mod standing;
mod step;
mod stepping;
mod stored;
mod timer;
mod timers;
mod trigger;
mod waits;

#[cfg(feature = "derive")]
pub use cqrs_derive::ProcessManager;

pub use crate::handler::{Correlation, Ended, StartFrom};
pub(crate) use chain::{passed_on, process as process_of};
pub use claim::StepClaim;
pub use ended::ProcessEnded;
pub use error::StepError;
pub use find::{Found, IdOf, find};
pub use limits::Limits;
pub use manager::{ProcessManager, Unmatched};
pub use outbox::{Outbox, Scheduling, Sending, SentHere};
pub use outcome::{Outcome, Skipped};
pub use refused::{CommandRefused, Refused};
pub use running::{
    EndError, EndProcess, Ending, LookError, Past, ProcessInSight, ProcessPages, Processes, StepsWaiting, Was,
};
pub(crate) use running::{Names, Refusing, Sender, Steps, begin, refusal_of, skip_command};
pub use standing::Standing;
pub use step::{PendingTimer, SentCommand, SetTimer, Step, StepTrigger};
pub use stepping::step;
pub use timer::{TimerDue, TimerOf, TimerRow};
pub use trigger::{Trigger, TriggerKind};
pub use waits::TriggerWaits;
