//! Many commands that all guard one aggregate, which nobody changes, against the same commands without the guard.

use std::{sync::Arc, time::Instant};

use cqrs::{
    prelude::*,
    registry::Registry,
    repository::LoadError,
    store::{Store, sqlite::Synchronous},
};
use cqrs_tests::bank::{Account, AccountId, MoneyCredited, OpenAccount};
use serde::{Deserialize, Serialize};

use crate::{
    domain,
    postgres::place::Schema,
    table::{Row, Target, compare, rates},
};

const TASKS: usize = 64;

/// Credits an account as the bank's own account allows.
#[derive(Command, Serialize, Deserialize)]
pub struct CreditAsAllowed {
    #[command(id)]
    account: AccountId,
    guards: bool,
}

#[command_handler]
async fn credit_as_allowed(
    command: CreditAsAllowed,
    accounts: Repository<Account>,
) -> Result<Root<Account>, LoadError> {
    let allows = accounts.load(&AccountId::new("the bank")).await?;
    if command.guards {
        allows.guard();
    }
    let mut account = accounts.load(&command.account).await?;
    account.record(MoneyCredited { amount: 1 }).expect("it is open");
    Ok(account)
}

pub fn sqlite() -> Row {
    rates(
        "SQLite `FULL`, 64 tasks, all guarding one aggregate, against the same without the guard",
        "commands",
        Target::AtLeast(0.8),
        compare(|| on_sqlite(true), || on_sqlite(false)),
    )
}

pub fn postgres() -> Row {
    rates(
        "PostgreSQL, 64 tasks, all guarding one aggregate, against the same without the guard",
        "commands",
        Target::AtLeast(0.8),
        compare(|| on_postgres(true), || on_postgres(false)),
    )
}

fn on_sqlite(guards: bool) -> f64 {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    domain::runtime().block_on(async {
        let options = SqliteStore::builder().synchronous(Synchronous::Full);
        commands(Arc::new(options.open(folder.path().join("guards.db")).unwrap()), guards, 200).await
    })
}

fn on_postgres(guards: bool) -> f64 {
    let schema = Schema::new();
    domain::runtime().block_on(async { commands(Arc::new(schema.store().await), guards, 100).await })
}

/// Each task on an account of its own; commands a second.
async fn commands(store: Arc<dyn Store>, guards: bool, rounds: usize) -> f64 {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAsAllowed>();
    let app = Application::builder().shared_store(store).registry(registry).start().await.unwrap();
    domain::open(&app, TASKS).await;
    app.dispatch(OpenAccount { account: AccountId::new("the bank"), owner: "all".into() }).await.unwrap();
    let started = Instant::now();
    let running: Vec<_> = (0..TASKS)
        .map(|number| {
            let app = app.clone();
            tokio::spawn(async move {
                for _ in 0..rounds {
                    let account = AccountId::new(number);
                    app.dispatch(CreditAsAllowed { account, guards }).await.unwrap();
                }
            })
        })
        .collect();
    for task in running {
        task.await.unwrap();
    }
    let elapsed = started.elapsed().as_secs_f64();
    app.shutdown().await.unwrap();
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let commands = (TASKS * rounds) as f64;
    commands / elapsed
}
