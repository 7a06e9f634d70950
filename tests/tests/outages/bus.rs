//! Commands that come over a bus while the server is away.

use std::time::Duration;

use cqrs::{
    bus::{CommandBus, CommandMessage, RetryPolicy},
    event::RecordedEvent,
};
use cqrs_tests::{
    audit::all_events,
    bank::{AccountId, CreditAccount, MoneyCredited},
    postgres_server::{PostgresServer, can_start},
};

use super::{
    load::ACCOUNTS,
    world::{PATIENCE, World},
};

const COMMANDS: usize = 600;
const KILLS: usize = 3;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn commands_from_a_bus_wait_for_the_server_and_none_becomes_a_dead_letter() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let world = World::open(&server.address()).await;
    let bus = CommandBus::in_memory();
    // If attempts in vain counted, an outage would use them up.
    let (first_delay, longest_delay) = (Duration::from_millis(5), Duration::from_millis(50));
    let policy = RetryPolicy { first_delay, longest_delay, ..RetryPolicy::default() };
    let listening = bus.listen().retry(policy).dispatch_to(world.app.dispatcher());
    let listening = listening.await.expect("the bus is there");
    for number in 0..COMMANDS {
        let account = AccountId::new(number as u64 % ACCOUNTS);
        let command = CommandMessage::of(&CreditAccount { account, amount: 1 }).expect("a command is JSON");
        bus.publish(&command).await.expect("there is room");
        if number % (COMMANDS / KILLS) == 0 {
            server.kill().await;
            tokio::time::sleep(Duration::from_millis(300)).await;
            server.start().await;
        }
    }
    bus.close().await.expect("it is a bus in memory");
    tokio::time::timeout(PATIENCE, listening.ended()).await.expect("what was published is handled");
    assert_eq!(bus.dead_letters(10).await.expect("it is a bus in memory"), []);
    let credits = all_events(&**world.app.store()).await.into_iter().filter(is_one).count();
    assert_eq!(credits, COMMANDS);
    world.agrees().await;
    world.app.shutdown().await.expect("it ends well");
}

/// Whether it is of one of the commands, and not from before them.
fn is_one(event: &RecordedEvent) -> bool {
    event.decode::<MoneyCredited>().is_ok_and(|credited| credited.amount == 1)
}
