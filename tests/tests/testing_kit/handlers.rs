//! given / when / then for event handler functions.

use std::sync::{Arc, Mutex};

use cqrs::{
    StreamId,
    handler::{BoxError, EventContext, EventHandler, EventHandlerInfo, StartFrom},
    prelude::*,
    testing::{handler, handler_by_hand},
};
use futures_util::future::BoxFuture;

use crate::{
    aggregates::{Account, AccountOpened, MoneyCredited, MoneyDebited},
    report,
    whose_events::{Deposited, Purse, Vault, thank},
};

/// What was written to whom.
pub type Outbox = Arc<Mutex<Vec<String>>>;

#[derive(Debug, PartialEq, thiserror::Error)]
#[error("{0} has no address")]
pub struct NoAddress(String);

#[event_handler(from = now)]
pub async fn write(
    event: &AccountOpened,
    account: Id<Account>,
    envelope: &Envelope,
    outbox: Inject<Outbox>,
) -> Result<(), NoAddress> {
    tokio::task::yield_now().await;
    assert_ne!(event.owner, "mallory", "nobody writes to her");
    if event.owner == "bob" {
        return Err(NoAddress(event.owner.clone()));
    }
    let actor = envelope.metadata.actor.as_deref().unwrap_or("nobody");
    let line = format!("{} {account} v{} by {actor}", event.owner, envelope.version);
    outbox.lock().unwrap().push(line);
    Ok(())
}

fn opened(owner: &str) -> AccountOpened {
    AccountOpened { owner: owner.to_owned() }
}

#[tokio::test]
async fn an_event_of_a_stream_at_a_version_is_handled() {
    let outbox = Outbox::default();
    let mut metadata = Metadata::new();
    metadata.actor = Some("alice".into());
    handler(write)
        .with_service(outbox.clone())
        .with_metadata(metadata)
        .at_version(Version::new(3))
        .when::<Account>(&7, opened("carol"))
        .await
        .then_handled();
    assert_eq!(*outbox.lock().unwrap(), ["carol 7 v3 by alice"]);
}

#[tokio::test]
async fn a_failure_is_the_error_the_handler_returns() {
    let bob = handler(write).with_service(Outbox::default()).when::<Account>(&7, opened("bob")).await;
    bob.then_failed(NoAddress("bob".to_owned()));
    bob.then_failed_with(|NoAddress(who)| assert_eq!(who, "bob"));
}

#[tokio::test]
async fn events_of_others_pass_it_by() {
    handler(write).when::<Account>(&7, MoneyDebited { amount: 1 }).await.then_not_called();
    let seen = Outbox::default();
    let thanked = || handler(thank).with_service(seen.clone());
    thanked().when::<Purse>(&7, Deposited { amount: 1 }).await.then_not_called();
    thanked().when::<Vault>(&"north".to_owned(), Deposited { amount: 1 }).await.then_handled();
    assert_eq!(*seen.lock().unwrap(), ["1 for north"]);
}

struct ByHand;

impl EventHandler for ByHand {
    type Event = MoneyCredited;

    const NAME: &'static str = "by-hand";
    const ALIASES: &'static [&'static str] = &[];
    const FROM: StartFrom = StartFrom::Now;
    const INFO: EventHandlerInfo = EventHandlerInfo::new("by-hand", Self::KINDS);

    fn handle<'a>(event: &'a MoneyCredited, _: &'a EventContext<'a>) -> BoxFuture<'a, Result<(), BoxError>> {
        Box::pin(async move { if event.amount == 0 { Err("nothing".into()) } else { Ok(()) } })
    }
}

#[tokio::test]
async fn one_written_by_hand_is_tested_alike() {
    let stream = || StreamId::new("whatever", "1");
    handler_by_hand::<ByHand>().when_event(stream(), &MoneyCredited { amount: 1 }).await.then_handled();
    let failed = handler_by_hand::<ByHand>().when_event(stream(), &MoneyCredited { amount: 0 }).await;
    let shown = report(async move { failed.then_handled() }).await;
    assert!(
        shown.contains("`by-hand` failed on event `money-credited`, version 1 of whatever/1: nothing"),
        "{shown}"
    );
}

#[tokio::test]
async fn a_check_that_fails_says_what_was_there_instead() {
    let shown =
        report(async { handler(write).when::<Account>(&7, opened("carol")).await.then_handled() }).await;
    assert!(shown.contains("`write` failed on event `account-opened`, version 1 of account/7"), "{shown}");
    assert!(shown.contains("Mutex<alloc::vec::Vec<alloc::string::String>>>` was not provided"), "{shown}");

    let mallory = || async {
        handler(write).with_service(Outbox::default()).when::<Account>(&7, opened("mallory")).await
    };
    let shown = report(async move { mallory().await.then_handled() }).await;
    assert!(shown.contains("nobody writes to her"), "{shown}");
    let shown = report(async move { mallory().await.then_failed(NoAddress("bob".to_owned())) }).await;
    assert!(
        shown.starts_with("expected a `testing_kit::handlers::NoAddress`, but `write` failed"),
        "{shown}"
    );

    let passed = handler(write).when::<Account>(&7, MoneyCredited { amount: 1 }).await;
    let shown = report(async move { passed.then_handled() }).await;
    assert!(shown.contains("`write` is not for event `money-credited`"), "{shown}");

    let shown = report(async { _ = handler(opened) }).await;
    assert!(shown.contains("`testing_kit::handlers::opened` is no event handler"), "{shown}");
}
