//! What the rows about processes measure with: a job that is worked on four times, and a process manager that asks for it.

use std::{
    collections::HashMap,
    sync::{
        LazyLock, Mutex, MutexGuard,
        atomic::{AtomicUsize, Ordering},
    },
};

use cqrs::{Timestamp, prelude::*};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot::Sender;

/// How many timers have come to their handler.
pub static RUNG: AtomicUsize = AtomicUsize::new(0);

/// Who waits for which job to be finished.
pub fn waiting() -> MutexGuard<'static, HashMap<JobId, Sender<()>>> {
    static WAITING: LazyLock<Mutex<HashMap<JobId, Sender<()>>>> = LazyLock::new(Mutex::default);
    WAITING.lock().unwrap()
}

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct JobId(pub u32);

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct JobBegun {
    pub job: JobId,
    /// When the process's timer is due, if it sets one; it then sends nothing.
    pub due: Option<Timestamp>,
}

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct JobWorkedOn {
    pub times: u32,
}

/// No process hears of it.
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct JobFinished {}

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct AlarmRung {}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct BeginJob {
    #[command(id)]
    pub job: JobId,
    pub due: Option<Timestamp>,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct WorkOnJob {
    #[command(id)]
    pub job: JobId,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct FinishJob {
    #[command(id)]
    pub job: JobId,
}

#[derive(Aggregate, Serialize, Deserialize, Debug)]
#[aggregate(id = JobId)]
pub struct Job {
    times: u32,
}

#[event_handler]
impl Job {
    fn begun(_: &JobBegun) -> Self {
        Self { times: 0 }
    }

    fn worked_on(&mut self, event: &JobWorkedOn) {
        self.times = event.times;
    }

    fn finished(&mut self, _: &JobFinished) {
        self.times += 1;
    }
}

#[command_handler]
impl Job {
    fn begin(command: BeginJob) -> JobBegun {
        JobBegun { job: command.job, due: command.due }
    }

    fn work_on(&self, _: WorkOnJob) -> JobWorkedOn {
        JobWorkedOn { times: self.times + 1 }
    }

    fn finish(&self, command: FinishJob) -> JobFinished {
        if let Some(waiting) = waiting().remove(&command.job) {
            let _ = waiting.send(());
        }
        JobFinished {}
    }
}

/// Four steps, each of which sends a command; or a timer, and a step when it comes.
#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[process_manager(id = JobId, from = start)]
pub struct Working {
    job: JobId,
    left: u32,
}

#[event_handler]
impl Working {
    #[correlate(event.job)]
    fn begun(event: &JobBegun, mut outbox: Outbox<'_, Self>) -> Self {
        let job = event.job.clone();
        match event.due {
            Some(due) => outbox.schedule(AlarmRung {}).at(due),
            None => drop(outbox.send(WorkOnJob { job: job.clone() })),
        }
        Self { job, left: 3 }
    }

    #[correlate(cause)]
    fn worked_on(&mut self, _: &JobWorkedOn, mut outbox: Outbox<'_, Self>) {
        self.left -= 1;
        if self.left > 0 {
            outbox.send(WorkOnJob { job: self.job.clone() });
        } else {
            outbox.send(FinishJob { job: self.job.clone() });
        }
    }

    #[timer]
    fn rung(self, _: &AlarmRung) -> Ended {
        RUNG.fetch_add(1, Ordering::Relaxed);
        Ended
    }
}
