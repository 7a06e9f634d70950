//! The same bank as an application, registered by hand, its commands coming over a bus.

use std::time::Duration;

use cqrs::{
    Application, CorrelationId, Version,
    application::HistoryEntry,
    bus::{CommandBus, CommandMessage, DeadLetter, DeadLetterReason, Listening},
    command::Command,
    registry::Registry,
    store::memory::MemoryStore,
};

use super::bank::{Account, Balances, CloseAccount, CreditAccount, DebitAccount, Fees, OpenAccount};

async fn start() -> (Application, CommandBus, Listening) {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<DebitAccount>();
    registry.command::<CloseAccount>();
    registry.projection::<Balances>();
    let builder = Application::builder().store(MemoryStore::new()).registry(registry);
    let application = builder.provide(Fees { debit: 1 }).start().await.unwrap();
    let bus = CommandBus::in_memory();
    let listening = bus.listen().workers(8).dispatch_to(application.dispatcher()).await.unwrap();
    (application, bus, listening)
}

fn message(command: &impl Command) -> CommandMessage {
    CommandMessage::of(command).unwrap()
}

fn open(account: u32) -> CommandMessage {
    message(&OpenAccount { account, owner: "alice".to_owned() })
}

async fn until(mut holds: impl AsyncFnMut() -> bool) {
    let waiting = async {
        while !holds().await {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(30), waiting).await.expect("it comes to pass");
}

async fn dead_letter(bus: &CommandBus) -> DeadLetter {
    until(async || !bus.dead_letters(1).await.unwrap().is_empty()).await;
    bus.dead_letters(1).await.unwrap().remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_over_the_bus_are_handled_in_order_and_once() {
    let (application, bus, listening) = start().await;
    let credit = |account| message(&CreditAccount { account, amount: 10 });
    let debit = |account| message(&DebitAccount { account, amount: 5 });
    let once: Vec<_> =
        [open as fn(u32) -> _, credit, debit].iter().flat_map(|make| (0..20).map(make)).collect();
    let twice: Vec<_> = once.iter().flat_map(|message| [message.clone(), message.clone()]).collect();
    bus.publish_all(&twice).await.unwrap();
    bus.close().await.unwrap();
    listening.ended().await;
    listening.stop().await.unwrap();
    assert_eq!(application.history().all().collect().await.unwrap().len(), 60);
    let balances = application.projection::<Balances>();
    let expected = (0..20).map(|account| (account, 4)).collect();
    until(async || balances.read().by_account == expected).await;
    assert!(bus.dead_letters(1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_an_answer_found_by_its_correlation_id() {
    let (application, bus, listening) = start().await;
    let business = CorrelationId::generate();
    let refused = [
        message(&DebitAccount { account: 7, amount: 5 }),
        message(&CloseAccount { account: 7 }).expected_version(Version::new(9)),
        message(&CloseAccount { account: 8 }),
        open(7),
    ];
    bus.publish(&open(7)).await.unwrap();
    for message in refused {
        bus.publish(&message.correlation_id(business)).await.unwrap();
    }
    bus.close().await.unwrap();
    listening.ended().await;
    let history = application.history().by_correlation_id(business).await.unwrap();
    let mut codes: Vec<_> = history
        .iter()
        .map(|entry| match entry {
            HistoryEntry::Failure(failure) => failure.code.as_str(),
            HistoryEntry::Event(event) => panic!("{event:?} is no refusal"),
        })
        .collect();
    codes.sort_unstable();
    assert_eq!(codes, ["already-exists", "conflict", "not-found", "rejected"]);
    assert!(bus.dead_letters(1).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_nobody_handles_is_reported_at_once() {
    let (_application, bus, listening) = start().await;
    bus.publish(&CommandMessage::from_json("rob-bank", "7", "{}")).await.unwrap();
    let letter = dead_letter(&bus).await;
    assert_eq!((letter.reason, letter.attempts), (DeadLetterReason::UnknownType, 1));
    assert!(letter.error.contains("rob-bank"), "{}", letter.error);
    listening.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_that_does_not_decode_is_reported_at_once() {
    let (_application, bus, listening) = start().await;
    bus.publish(&CommandMessage::from_json("close-account", "7", r#"{"acount":7}"#)).await.unwrap();
    let letter = dead_letter(&bus).await;
    assert_eq!((letter.reason, letter.attempts), (DeadLetterReason::Undecodable, 1));
    assert!(letter.error.contains("unknown field `acount`"), "{}", letter.error);
    listening.stop().await.unwrap();
}
