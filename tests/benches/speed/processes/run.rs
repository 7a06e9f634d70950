//! Applications with jobs, and ways to have them worked on.

use std::{sync::Arc, time::Duration};

use cqrs::{Application, Timestamp, registry::Registry, store::Store};
use cqrs_tests::bank::{Account, CreditAccount, OpenAccount};
use tokio::{sync::oneshot, task::JoinSet};

use super::job::{BeginJob, FinishJob, Job, JobId, WorkOnJob, Working, waiting};

pub const TASKS: u32 = 64;

/// With the process manager, or without; with the bank in any case.
pub async fn application(store: Arc<dyn Store>, with_process: bool) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Job>();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<BeginJob>();
    registry.command::<WorkOnJob>();
    registry.command::<FinishJob>();
    if with_process {
        registry.process_manager::<Working>();
    }
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}

/// Runs something for each number below `count`, from so many tasks that share them out.
pub async fn share_out<F>(count: u32, work: impl Fn(u32) -> F + Clone + Send + 'static)
where
    F: Future<Output = ()> + Send,
{
    let mut tasks = JoinSet::new();
    for task in 0..TASKS {
        let work = work.clone();
        tasks.spawn(async move {
            for number in (task..count).step_by(TASKS as usize) {
                work(number).await;
            }
        });
    }
    while let Some(task) = tasks.join_next().await {
        task.unwrap();
    }
}

pub async fn begin(app: &Application, job: u32, due: Option<Timestamp>) {
    app.dispatch(BeginJob { job: JobId(job), due }).await.unwrap();
}

/// Begins a job, and waits until its process has had it finished.
pub async fn until_finished(app: &Application, job: u32) {
    let (sender, finished) = oneshot::channel();
    waiting().insert(JobId(job), sender);
    begin(app, job, None).await;
    finished.await.unwrap();
}

pub async fn work_on(app: &Application, job: u32) {
    app.dispatch(WorkOnJob { job: JobId(job) }).await.unwrap();
}

pub async fn finish(app: &Application, job: u32) {
    app.dispatch(FinishJob { job: JobId(job) }).await.unwrap();
}

/// Waits until the log has so many events. Polls: what announces events would wake the measured machine more often.
pub async fn until_events(app: &Application, events: u64) {
    while app.store().head().await.unwrap().get() < events {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
