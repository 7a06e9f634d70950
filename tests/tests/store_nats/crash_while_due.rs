//! A server that is killed while commands are due, and comes back.

use std::time::Duration;

use cqrs::{Application, registry::Registry, store::nats::NatsStore, subscription::SubscriptionSettings};
use cqrs_tests::{
    bank::{Account, AccountId, CreditAccount, OpenAccount},
    nats::Prefix,
    nats_server::{NatsServer, can_start},
};

const COMMANDS: u32 = 600;
const ACCOUNTS: u32 = 20;

async fn start(prefix: &Prefix) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    let settings = SubscriptionSettings { lease: Duration::from_secs(1), ..SubscriptionSettings::default() };
    let app = Application::builder().store(prefix.store().await).registry(registry);
    app.subscription_settings(settings).start().await.unwrap()
}

/// What all accounts hold together; nothing while the server is away.
async fn sum(app: &Application) -> Option<i64> {
    let mut sum = 0;
    for account in 0..ACCOUNTS {
        let account = app.repository::<Account>().load(&AccountId::new(account)).await.ok()?;
        sum += account.state().map_or(0, |account| account.balance);
    }
    Some(sum)
}

async fn until(app: &Application, expected: i64) {
    while sum(app).await.is_none_or(|sum| sum < expected) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_while_commands_are_due_loses_none_and_repeats_none() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let options = NatsStore::builder().timeout(Duration::from_millis(500));
    let prefix = Prefix::on(&server.address(), options.busy_timeout(Duration::from_secs(1)));
    let app = start(&prefix).await;
    for account in 0..ACCOUNTS {
        app.dispatch(OpenAccount { account: AccountId::new(account), owner: "alice".into() }).await.unwrap();
    }
    for number in 0..COMMANDS {
        let credit = CreditAccount { account: AccountId::new(number % ACCOUNTS), amount: 1 };
        app.dispatch(credit).after(Duration::from_millis(5 * u64::from(number))).await.unwrap();
    }
    for kill in 1..=3 {
        until(&app, i64::from(COMMANDS) * kill / 5).await;
        server.kill();
        server.start_again().await;
    }
    until(&app, COMMANDS.into()).await;
    while app.scheduled().all().next_page().await.unwrap_or(Some(Vec::new())).is_some() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(sum(&app).await, Some(COMMANDS.into()), "each is there once");
    assert!(app.history().failures(10).await.unwrap().is_empty(), "an outage refuses nothing");
    app.shutdown().await.unwrap();
}
