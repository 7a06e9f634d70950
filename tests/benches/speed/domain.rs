//! What all rows measure with: the tests' bank, and nothing registered but its commands.

use std::{sync::Arc, time::Instant};

use cqrs::{Application, registry::Registry, store::Store};
use cqrs_tests::bank::{Account, AccountId, CreditAccount, OpenAccount};

pub fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap()
}

/// An application without projections.
pub async fn application(store: Arc<dyn Store>) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    Application::builder().shared_store(store).registry(registry).start().await.unwrap()
}

pub async fn open(app: &Application, accounts: usize) {
    for number in 0..accounts {
        app.dispatch(OpenAccount { account: AccountId::new(number), owner: "alice".into() }).await.unwrap();
    }
}

/// Credits to accounts in turn, from `tasks` spawned tasks that share out the accounts; commands a second.
pub async fn credits(app: &Application, tasks: usize, accounts: usize, rounds: usize) -> f64 {
    let started = Instant::now();
    let running: Vec<_> = (0..tasks)
        .map(|task| {
            let app = app.clone();
            tokio::spawn(async move {
                for _ in 0..rounds {
                    for number in (task..accounts).step_by(tasks) {
                        let command = CreditAccount { account: AccountId::new(number), amount: 1 };
                        app.dispatch(command).await.unwrap();
                    }
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let commands = (accounts * rounds) as f64;
    commands / started.elapsed().as_secs_f64()
}
