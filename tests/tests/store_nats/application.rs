//! A whole application on NATS: commands, a projection, an event handler and a relay, in two processes' worth of it.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    Application,
    application::StartError,
    bus::{EventBus, EventMessage},
    dispatch::DispatchError,
    handler::{
        ArgumentInfo, BoxError, BoxFuture, EventContext, EventHandler, EventHandlerInfo, HandledEvent,
        StartFrom, argument,
    },
    prelude::*,
    registry::{Problem, Registry},
    repository::LoadError,
    services::ServiceType,
    store::StoreError,
};
use cqrs_tests::{
    bank::{
        Account, AccountId, Balances, BankError, CreditAccount, DebitAccount, MoneyCredited, OpenAccount,
        Transfer,
    },
    nats::{Prefix, server_answers},
};
use serde::{Deserialize, Serialize};
use tokio::sync::watch;

/// What the event handler was called with.
#[derive(Clone, Default)]
struct Credits(Arc<watch::Sender<Vec<(String, i64)>>>);

/// By hand, since what the macros submit includes a transfer, which this store does not take.
struct NoteCredit;

impl EventHandler for NoteCredit {
    type Event = MoneyCredited;

    const NAME: &'static str = "note-credit";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Start;
    const INFO: EventHandlerInfo =
        EventHandlerInfo::new("note_credit", <MoneyCredited as HandledEvent>::KINDS)
            .taking(&[ArgumentInfo::Service(ServiceType::of::<Credits>())]);

    fn handle<'a>(
        event: &'a MoneyCredited,
        context: &'a EventContext<'a>,
    ) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move {
            let account = argument::<Id<Account>>(context)?.into_inner().0;
            let credits = argument::<Inject<Credits>>(context)?;
            credits.0.send_modify(|seen| seen.push((account, event.amount)));
            Ok(())
        })
    }
}

const ACCOUNTS: usize = 5;
const ROUNDS: i64 = 30;

/// Credits one account as long as another does not move.
#[derive(Command, Serialize, Deserialize)]
pub struct CreditBeside {
    #[command(id)]
    account: AccountId,
    other: AccountId,
}

#[command_handler]
async fn credit_beside(
    command: CreditBeside,
    accounts: Repository<Account>,
) -> Result<Root<Account>, LoadError> {
    accounts.load(&command.other).await?.guard();
    let mut account = accounts.load(&command.account).await?;
    account.record(MoneyCredited { amount: 1 }).expect("it is open");
    Ok(account)
}

/// All there is but for the transfer, which changes two accounts at once.
fn bank() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<CreditBeside>();
    registry.projection::<Balances>();
    registry.event_handler::<NoteCredit>();
    registry
}

async fn application(prefix: &Prefix, credits: &Credits, bus: &EventBus) -> Application {
    let builder = Application::builder().store(prefix.store().await).registry(bank());
    let builder = builder.provide(credits.clone());
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
async fn a_function_that_may_return_two_roots_is_refused_at_start() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let mut registry = bank();
    registry.command::<Transfer>();
    let builder = Application::builder().store(prefix.store().await).registry(registry);
    let refused = builder.provide(Credits::default()).start().await.map(drop).unwrap_err();
    let StartError::Problems(problems) = &refused else { panic!("{refused}") };
    assert!(matches!(&problems[..], [Problem::SeveralStreams { handler: "transfer", .. }]), "{refused}");
    let text = refused.to_string();
    assert!(
        text.contains("`transfer` at") && text.contains("bank.rs:"),
        "it names function and place: {text}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guard_beside_a_write_is_refused() {
    if !server_answers() {
        return;
    }
    let (prefix, bus) = (Prefix::new(), EventBus::in_memory());
    let app = application(&prefix, &Credits::default(), &bus).await;
    for number in 0..2 {
        app.dispatch(OpenAccount { account: account(number), owner: "alice".into() }).await.unwrap();
        app.dispatch(CreditAccount { account: account(number), amount: 5 }).await.unwrap();
    }
    let refused = app.dispatch(CreditBeside { account: account(0), other: account(1) }).await;
    assert!(matches!(refused, Err(DispatchError::Store(StoreError::Unsupported(_)))), "{refused:?}");
    app.shutdown().await.unwrap();
}
