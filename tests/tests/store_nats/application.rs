//! A whole application on NATS: commands, a projection, an event handler and a relay, in two processes' worth of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Application,
    bus::{EventBus, EventMessage},
    dispatch::DispatchError,
    handler::StartFrom,
    prelude::*,
    store::StoreError,
};
use cqrs_tests::{
    bank::{
        Account, AccountId, Balances, BankError, CreditAccount, DebitAccount, MoneyCredited, OpenAccount,
        Transfer,
    },
    nats::{Prefix, server_answers},
};
use tokio::sync::watch;

/// What the event handler was called with.
#[derive(Clone, Default)]
struct Credits(Arc<watch::Sender<Vec<(String, i64)>>>);

#[event_handler(from = start)]
fn note_credit(event: &MoneyCredited, account: Id<Account>, credits: Inject<Credits>) {
    credits.0.send_modify(|seen| seen.push((account.into_inner().0, event.amount)));
}

const ACCOUNTS: usize = 5;
const ROUNDS: i64 = 30;

async fn application(prefix: &Prefix, credits: &Credits, bus: &EventBus) -> Application {
    let builder = Application::builder().store(prefix.store().await).provide(credits.clone());
    builder.relay("events", StartFrom::Start, bus.clone()).start().await.expect("the application starts")
}

fn account(number: usize) -> AccountId {
    AccountId::new(number)
}

#[tokio::test(flavor = "multi_thread")]
async fn two_applications_on_one_log_agree_with_each_other_and_with_the_log() {
    if !server_answers() {
        return;
    }
    let (prefix, credits, bus) = (Prefix::new(), Credits::default(), EventBus::in_memory());
    let relayed: Arc<Mutex<HashMap<String, Vec<u64>>>> = Arc::default();
    let sink = Arc::clone(&relayed);
    let listening = bus.listen("readers").start(move |event: EventMessage| {
        let stream = event.envelope.stream.to_string();
        sink.lock().unwrap().entry(stream).or_default().push(event.envelope.version.get());
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    let apps = [application(&prefix, &credits, &bus).await, application(&prefix, &credits, &bus).await];
    for number in 0..ACCOUNTS {
        let open = OpenAccount { account: account(number), owner: "alice".into() };
        apps[number % 2].dispatch(open).await.unwrap();
    }
    let tasks = (0..ACCOUNTS * 2).map(|task| {
        let (dispatcher, account) = (apps[task % 2].dispatcher(), account(task / 2));
        tokio::spawn(async move {
            let mut last = None;
            for _ in 0..ROUNDS {
                last = Some(
                    dispatcher.dispatch(CreditAccount { account: account.clone(), amount: 1 }).await.unwrap(),
                );
            }
            last
        })
    });
    let mut receipts = Vec::new();
    for task in tasks.collect::<Vec<_>>() {
        receipts.extend(task.await.unwrap());
    }
    for app in &apps {
        for receipt in &receipts {
            app.wait_for::<Balances>(receipt).await.unwrap();
        }
        let balances = app.projection::<Balances>();
        let balances = balances.read();
        assert!((0..ACCOUNTS).all(|number| balances.by_account[&account(number)] == 2 * ROUNDS));
    }

    let total = ACCOUNTS * 2 * usize::try_from(ROUNDS).unwrap();
    let mut seen = credits.0.subscribe();
    let handled = seen.wait_for(|seen| seen.len() >= total);
    let handled =
        tokio::time::timeout(Duration::from_secs(30), handled).await.expect("every credit is handled");
    assert_eq!(handled.unwrap().len(), total, "while nobody fails, each is handled once");
    let refused = apps[0].dispatch(DebitAccount { account: account(0), amount: 1_000 }).await;
    assert!(matches!(refused, Err(DispatchError::Rejected(BankError::NotCovered { .. }))), "{refused:?}");

    for app in apps {
        app.shutdown().await.unwrap();
    }
    until_all_are_relayed(&relayed).await;
    listening.stop().await.unwrap();
}

/// Every event of each stream, in order, and none twice, for both applications were shut down cleanly.
async fn until_all_are_relayed(relayed: &Mutex<HashMap<String, Vec<u64>>>) {
    let all: Vec<u64> = (1..=1 + 2 * ROUNDS.unsigned_abs()).collect();
    let arrived = async {
        while relayed.lock().unwrap().values().map(Vec::len).sum::<usize>() < ACCOUNTS * all.len() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), arrived).await.expect("every event is relayed");
    let relayed = relayed.lock().unwrap();
    assert!((0..ACCOUNTS).all(|number| relayed[&format!("account/{number}")] == all), "{relayed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_over_two_aggregates_is_refused_as_a_whole() {
    if !server_answers() {
        return;
    }
    let (prefix, bus) = (Prefix::new(), EventBus::in_memory());
    let app = application(&prefix, &Credits::default(), &bus).await;
    for number in 0..2 {
        app.dispatch(OpenAccount { account: account(number), owner: "alice".into() }).await.unwrap();
        app.dispatch(CreditAccount { account: account(number), amount: 5 }).await.unwrap();
    }
    let refused = app.dispatch(Transfer { from: account(0), to: account(1), amount: 1 }).await;
    assert!(matches!(refused, Err(DispatchError::Store(StoreError::Unsupported(_)))), "{refused:?}");
    app.shutdown().await.unwrap();
}
