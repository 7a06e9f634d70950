//! A server that is there and lets nobody in, or lets them wait: commands from a bus wait for it, no attempt is used up, and
//! nothing is kept as a failure that is not one.

use std::time::Duration;

use cqrs::bus::{CommandBus, CommandMessage, RetryPolicy};
use cqrs_tests::{
    audit::all_events,
    bank::{AccountId, CreditAccount},
    postgres_server::{PostgresServer, can_start},
    proxy::Proxy,
};
use sqlx::{Connection, PgConnection};

use super::world::{PATIENCE, World, address};

/// How many commands wait.
const COMMANDS: u64 = 8;

/// How long it lasts: more than all attempts of a policy that would count them.
const LASTS: Duration = Duration::from_secs(2);

/// Commands that come while `begin` holds until `end`, from a store with this address.
async fn wait_through(
    address: &str,
    begin: impl AsyncFnOnce(),
    lasts: Duration,
    end: impl AsyncFnOnce(),
) -> Vec<String> {
    let options = cqrs::prelude::PostgresStore::builder().busy_timeout(Duration::from_millis(500));
    let world = World::open_with(options, address).await;
    let bus = CommandBus::in_memory();
    let (first_delay, longest_delay) = (Duration::from_millis(5), Duration::from_millis(50));
    let policy = RetryPolicy { first_delay, longest_delay, ..RetryPolicy::default() };
    let listening = bus.listen().retry(policy).dispatch_to(world.app.dispatcher());
    let listening = listening.await.expect("the bus is there");
    let before = all_events(&**world.app.store()).await.len();
    begin().await;
    for number in 0..COMMANDS {
        let command = CommandMessage::of(&CreditAccount { account: AccountId::new(number), amount: 1 });
        bus.publish(&command.expect("a command is JSON")).await.expect("there is room");
    }
    tokio::time::sleep(lasts).await;
    end().await;
    bus.close().await.expect("it is a bus in memory");
    tokio::time::timeout(PATIENCE, listening.ended()).await.expect("what was published is handled");
    assert_eq!(bus.dead_letters(10).await.expect("it is a bus in memory"), []);
    let after = all_events(&**world.app.store()).await.len();
    assert_eq!(after - before, usize::try_from(COMMANDS).expect("a few"));
    world.agrees().await;
    let failures = world.app.history().failures(100).await.expect("the store answers");
    world.app.shutdown().await.expect("it ends well");
    failures.into_iter().map(|failure| failure.error).collect()
}

/// A proxy without a server behind it: the client sees a connection that answers nothing.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_wait_for_a_server_behind_something_that_accepts_and_closes() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let proxy = Proxy::before(server.host()).await;
    let begin = async || {
        proxy.refuse(true);
        proxy.cut();
    };
    let failures = wait_through(&address(&proxy), begin, LASTS, async || proxy.refuse(false)).await;
    assert_eq!(failures, [""; 0]);
}

/// SQLSTATE 55000, and 57P01 before it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_wait_for_a_database_that_takes_no_connections() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let mut operator = operator(&server).await;
    run(&mut operator, "CREATE DATABASE bank").await;
    let address = format!("postgres://postgres@{}/bank", server.host());
    let allow = async |allow: bool| {
        let mut operator = self::operator(&server).await;
        run(&mut operator, if allow { ALLOW } else { REFUSE }).await;
        run(&mut operator, TERMINATE).await;
    };
    let failures =
        wait_through(&address, async || allow(false).await, LASTS, async || allow(true).await).await;
    assert_eq!(failures, [""; 0]);
}

/// SQLSTATE 55P03: who waits for the lock is told so, and tries again. None of that is a failure of the command.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_wait_for_a_table_that_is_locked() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let operator = tokio::sync::Mutex::new(operator(&server).await);
    let begin = async || {
        let mut operator = operator.lock().await;
        run(&mut operator, "BEGIN").await;
        run(&mut operator, "LOCK TABLE cqrs.events IN ACCESS EXCLUSIVE MODE").await;
    };
    let end = async || run(&mut *operator.lock().await, "COMMIT").await;
    let failures = wait_through(&server.address(), begin, 2 * LASTS, end).await;
    assert_eq!(failures, [""; 0]);
}

const REFUSE: &str = "ALTER DATABASE bank ALLOW_CONNECTIONS false";
const ALLOW: &str = "ALTER DATABASE bank ALLOW_CONNECTIONS true";
const TERMINATE: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = 'bank'";

async fn operator(server: &PostgresServer) -> PgConnection {
    PgConnection::connect(&server.address()).await.expect("the server answers")
}

async fn run(connection: &mut PgConnection, sql: &'static str) {
    sqlx::raw_sql(sql).execute(connection).await.expect("an operator may do it");
}
