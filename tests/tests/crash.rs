//! A process that is killed at random moments, again and again, on the same file.
#![allow(missing_docs, reason = "the domain is a test's")]

mod sums;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use cqrs::{prelude::*, registry::Registry, store::SubscriptionStore, subscription::SubscriptionSettings};
use cqrs_tests::{
    audit::{all_events, audit},
    bank::*,
    child,
};
use sums::{Seen, SumsTable, credits, seen_in, verify_rows};
use tokio::io::{AsyncBufReadExt, AsyncReadExt, BufReader};

const NAME: &str = "nothing_acknowledged_is_lost_and_nothing_doubled_by_kills";
const KILLS: u64 = 50;
const TASKS: u64 = 16;
const ACCOUNTS: u64 = 12;
/// So many commands before the last acknowledged one are sent again by the next process.
const AGAIN: u64 = 100;

/// Sends commands, numbered upwards, until it is killed; says which were acknowledged, and where they landed.
async fn run_child(orders: child::Orders) {
    // A dead owner must not hold the next one up for long.
    let settings =
        SubscriptionSettings { lease: Duration::from_millis(60), ..SubscriptionSettings::default() };
    let builder = Application::builder()
        .store(SqliteStore::open(&orders.file).unwrap())
        .subscription_settings(settings);
    let app = builder.provide(Arc::<Seen>::default()).start().await.unwrap();
    println!("started");
    for number in 0..ACCOUNTS {
        let opening = OpenAccount { account: AccountId::new(number), owner: "crash".into() };
        app.dispatch(opening).command_id(CommandId::derived("opening", number)).await.unwrap();
    }
    let next = Arc::new(AtomicU64::new(orders.number));
    let tasks = (0..TASKS).map(|_| tokio::spawn(credit_for_ever(app.clone(), Arc::clone(&next))));
    for task in tasks.collect::<Vec<_>>() {
        task.await.unwrap();
    }
}

/// Every tenth is a transfer, over two streams.
async fn credit_for_ever(app: Application, next: Arc<AtomicU64>) {
    loop {
        let number = next.fetch_add(1, Ordering::SeqCst);
        let (id, amount) = (id_of(number), i64::try_from(number).unwrap() + 1_000);
        let account = AccountId::new(number % ACCOUNTS);
        let receipt = if number % 10 == 9 {
            let (from, to) = (account, AccountId::new((number + 1) % ACCOUNTS));
            app.dispatch(Transfer { from, to, amount: 1 })
                .command_id(id)
                .await
                .map_err(|error| format!("{error:?}"))
        } else {
            app.dispatch(CreditAccount { account, amount })
                .command_id(id)
                .await
                .map_err(|error| format!("{error:?}"))
        };
        match receipt {
            Ok(receipt) => println!("acknowledged {number} {}", receipt.position()),
            Err(error) => println!("refused {number} {error}"),
        }
    }
}

fn id_of(number: u64) -> CommandId {
    CommandId::derived("crash", number)
}

/// What all children together said.
#[derive(Debug, Default)]
struct Said {
    acknowledged: BTreeMap<u64, u64>,
    seen: BTreeSet<u64>,
}

impl Said {
    /// Takes in what one child said. What was acknowledged before must be acknowledged again with the same place.
    fn hear(&mut self, said: &str) {
        for line in said.split_inclusive('\n').filter_map(|line| line.strip_suffix('\n')) {
            assert!(!line.starts_with("refused") || line.contains("NotCovered"), "{line}");
            let Some(rest) = line.strip_prefix("acknowledged ") else { continue };
            let (number, position) = rest.split_once(' ').unwrap();
            let (number, position) = (number.parse().unwrap(), position.parse().unwrap());
            let before = self.acknowledged.insert(number, position);
            assert!(before.is_none_or(|before| before == position), "command {number} landed twice");
        }
        self.seen.extend(seen_in(said));
    }

    fn next(&self) -> u64 {
        self.acknowledged.keys().next_back().map_or(0, |last| last.saturating_sub(AGAIN))
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_acknowledged_is_lost_and_nothing_doubled_by_kills() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(orders).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bank.db");
    let mut said = Said::default();
    for kill in 0..KILLS {
        // Each third is killed while it opens the file, and recovers it from the kill before.
        let at_start = kill % 3 == 2;
        said.hear(&run_and_kill(&file, said.next(), at_start).await);
        verify(&file, &said).await;
    }
    assert!(said.acknowledged.len() > 1_000, "hardly any load: {}", said.acknowledged.len());
    assert!(said.seen.len() > 500, "the event handler hardly ran: {}", said.seen.len());
}

/// Runs a child, kills it after a random while, and gives what it said.
async fn run_and_kill(file: &Path, first: u64, at_start: bool) -> String {
    let mut child = child::start(NAME, file, first);
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut said = String::new();
    let wait_for = if at_start { "" } else { "acknowledged" };
    while !said.contains(wait_for) {
        assert_ne!(lines.read_line(&mut said).await.unwrap(), 0, "the child ended by itself: {said}");
    }
    let rest = tokio::spawn(async move {
        let mut rest = String::new();
        lines.read_to_string(&mut rest).await.map(|_| rest)
    });
    let longest = if at_start { 60_000 } else { 250_000 };
    tokio::time::sleep(Duration::from_micros(fastrand::u64(0..longest))).await;
    assert!(child.try_wait().unwrap().is_none(), "the child ended by itself: {said}");
    child.start_kill().unwrap();
    child.wait().await.unwrap();
    said + &rest.await.unwrap().unwrap()
}

async fn verify(file: &Path, said: &Said) {
    let store = SqliteStore::open(file).unwrap();
    let sound = store.check().await.unwrap();
    assert!(sound.is_sound(), "{sound:?}");
    audit(&store).await;
    verify_commands(&store, said).await;
    let credits = credits(&store).await;
    // As the kill left them, and after catching up.
    verify_rows(&store, &credits).await;
    verify_handler(&store, said, &credits).await;
    let mut registry = Registry::empty();
    registry.projection::<SumsTable>();
    let app = Application::builder().store(store.clone()).registry(registry).start().await.unwrap();
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<SumsTable>(head).await.unwrap();
    verify_rows(&store, &credits).await;
    app.shutdown().await.unwrap();
}

/// Every acknowledged command is there, where it was said to be; and the events of each stand there once.
async fn verify_commands(store: &SqliteStore, said: &Said) {
    let mut events_of = HashMap::<_, Vec<u64>>::new();
    for event in all_events(store).await {
        let command = event.envelope.metadata.causation_id.unwrap().as_uuid();
        events_of.entry(command).or_default().push(event.position.get());
    }
    for (number, position) in &said.acknowledged {
        let landed = events_of.get(&id_of(*number).as_uuid());
        let landed = landed.unwrap_or_else(|| panic!("the acknowledged command {number} is lost"));
        let expected: Vec<_> = if number % 10 == 9 { vec![position - 1, *position] } else { vec![*position] };
        assert_eq!(*landed, expected, "command {number}");
    }
    let recorded = store.query(|connection| {
        connection.query_row("SELECT count(*) FROM commands", [], |row| row.get::<_, i64>(0))
    });
    assert_eq!(recorded.await.unwrap(), i64::try_from(events_of.len()).unwrap());
}

/// The checkpoint of the event handler has passed nothing that no process saw.
async fn verify_handler(store: &SqliteStore, said: &Said, credits: &[(u64, String, i64)]) {
    let Some(subscription) = store.subscription("watch").await.unwrap() else { return };
    let passed =
        credits.iter().map(|credit| credit.0).filter(|position| *position <= subscription.position.get());
    let skipped: Vec<_> = passed.filter(|position| !said.seen.contains(position)).collect();
    assert!(skipped.is_empty(), "skipped: {skipped:?}");
}
