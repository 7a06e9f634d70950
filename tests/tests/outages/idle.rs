//! A process that is stopped in the middle of a projection's transaction.

use std::{
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::{Duration, Instant},
};

use cqrs::{prelude::*, registry::Registry};
use cqrs_tests::{
    bank::{Account, AccountId, AccountOpened, OpenAccount},
    child,
    postgres_server::{PostgresServer, can_start},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::Child,
};

const TEST: &str = "a_process_stopped_in_a_projections_transaction_holds_it_up_no_longer_than_its_limit";

/// What the child says in its transaction.
const INSIDE: &str = "inside";

/// The limit by default, and the time that the next process may take.
const LIMIT: Duration = Duration::from_secs(10);
const SLACK: Duration = Duration::from_secs(15);

#[derive(Projection)]
#[projection(name = "held", schema = "CREATE TABLE held (account text)")]
struct Held;

/// Whether this process stays in its transaction for ever.
static STAYS: AtomicBool = AtomicBool::new(false);

#[event_handler]
impl Held {
    async fn opened(
        _event: &AccountOpened,
        account: Id<Account>,
        tx: &mut PgTransaction<'_>,
    ) -> Result<(), PostgresError> {
        sqlx::query("INSERT INTO held VALUES ($1)").bind(&account.0).execute(&mut **tx).await?;
        if STAYS.load(Ordering::Relaxed) {
            println!("{INSIDE}");
            std::future::pending::<()>().await;
        }
        Ok(())
    }
}

async fn application(address: &str) -> Application {
    let store = PostgresStore::connect(address).await.expect("the store opens");
    let mut registry = Registry::empty();
    registry.command::<OpenAccount>();
    registry.projection::<Held>();
    let builder = Application::builder().registry(registry).store(store);
    builder.start().await.expect("it starts")
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_process_stopped_in_a_projections_transaction_holds_it_up_no_longer_than_its_limit() {
    let name = format!("idle::{TEST}");
    if let Some(orders) = child::orders(&name) {
        STAYS.store(true, Ordering::Relaxed);
        let app = application(orders.file.to_str().expect("an address is text")).await;
        let open = OpenAccount { account: AccountId::new(1), owner: "o".into() };
        app.dispatch(open).await.expect("it opens");
        return std::future::pending().await;
    }
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let mut process = child::start(&name, Path::new(&server.address()), 0);
    let output = process.stdout.take().expect("its output is piped");
    let mut lines = BufReader::new(output).lines();
    while !lines.next_line().await.expect("its output is text").expect("it goes on").contains(INSIDE) {}
    signal(&process, "-STOP");
    let began = Instant::now();
    // It starts once its projection has caught up: the event is the other's until the server ends its transaction.
    let app = application(&server.address()).await;
    let head = app.store().head().await.expect("the store answers");
    app.wait_for_position::<Held>(head).within(LIMIT + SLACK).await.expect("it takes over");
    let waited = began.elapsed();
    println!("held up for {waited:.1?}");
    assert!(waited >= LIMIT / 2 && waited < LIMIT + SLACK, "{waited:?}");
    signal(&process, "-CONT");
    app.shutdown().await.expect("it ends well");
}

fn signal(process: &Child, signal: &str) {
    let id = process.id().expect("it runs").to_string();
    let sent = std::process::Command::new("kill").args([signal, &id]).status();
    assert!(sent.is_ok_and(|sent| sent.success()), "a child can be sent a signal");
}
