//! A server that is reached, and has no JetStream: it was started with another configuration, or its disk failed.

use std::time::Duration;

use cqrs::{
    Application,
    bus::{CommandBus, CommandMessage, RetryPolicy, nats::NatsBus},
    registry::Registry,
    store::nats::NatsStore,
};
use cqrs_tests::{
    audit::all_events,
    bank::{Account, AccountId, CreditAccount, OpenAccount},
    nats_server::{NatsServer, can_start},
};

/// More than all attempts of the policy take together.
const LASTS: Duration = Duration::from_secs(2);

#[tokio::test(flavor = "multi_thread")]
async fn commands_wait_until_it_has_it_again() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let store = NatsStore::connect(&server.address()).await.unwrap();
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    let app = Application::builder().store(store).registry(registry).start().await.unwrap();
    let account = || AccountId::new(1);
    app.dispatch(OpenAccount { account: account(), owner: "o".into() }).await.unwrap();
    let bus = CommandBus::in_memory();
    let (first_delay, longest_delay) = (Duration::from_millis(5), Duration::from_millis(50));
    let policy = RetryPolicy { first_delay, longest_delay, ..RetryPolicy::default() };
    let listening = bus.listen().retry(policy).dispatch_to(app.dispatcher()).await.unwrap();

    server.kill();
    server.jetstream(false);
    server.start_again().await;
    let refused = app.dispatch(CreditAccount { account: account(), amount: 1 }).await.unwrap_err();
    assert!(refused.is_outage(), "{refused:?}");
    let command = CommandMessage::of(&CreditAccount { account: account(), amount: 1 }).unwrap();
    bus.publish(&command).await.unwrap();
    tokio::time::sleep(LASTS).await;

    server.kill();
    server.jetstream(true);
    server.start_again().await;
    bus.close().await.unwrap();
    tokio::time::timeout(Duration::from_mins(1), listening.ended()).await.expect("it is handled");
    assert_eq!(bus.dead_letters(10).await.unwrap(), []);
    assert_eq!(all_events(&**app.store()).await.len(), 2, "opened, and credited once");
    app.shutdown().await.unwrap();
}

/// Below a domain that has no names, by RFC 2606.
#[tokio::test]
async fn a_host_whose_name_is_not_known_is_an_outage() {
    let store = NatsStore::connect("nats://nobody.invalid:4222").await;
    let error = store.err().expect("nobody has that name");
    assert!(error.is_outage(), "{error:?}");
    let bus = NatsBus::builder("nats://nobody.invalid:4222").connect().await;
    let error = bus.expect_err("nobody has that name");
    assert!(error.is_outage(), "{error:?}");
}
