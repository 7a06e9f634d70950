//! What a command comes to, from the store up to the dispatcher.

use cqrs::{
    EventId, Metadata, StreamId,
    dispatch::DispatchError,
    event::{JsonError, Payload},
    prelude::*,
    repository::{DecisionError, LoadError},
    store::{Append, EventStore, Expected, NewEvent, StreamWrite, memory::MemoryStore},
};
use cqrs_tests::bank::{AccountId, BankError, CreditAccount, DebitAccount, OpenAccount};
use serde::{Deserialize, Serialize};

use super::{caused_by, says};

fn append(key: &str, expected: Expected, name: &'static str, payload: &str) -> Append {
    let event = NewEvent {
        id: EventId::generate(),
        name: name.into(),
        schema_version: 1,
        payload: Payload::from_json(payload),
        tags: vec![],
    };
    let stream = StreamId::new("account", key);
    let writes = vec![StreamWrite { stream, expected, events: vec![event] }];
    Append { writes, command: None, metadata: Metadata::new() }
}

pub(super) fn opened(key: &str, expected: Expected) -> Append {
    append(key, expected, "account-opened", r#"{"owner":"alice"}"#)
}

async fn application(store: &MemoryStore) -> Application {
    Application::builder().store(store.clone()).start().await.unwrap()
}

fn credit(amount: i64) -> CreditAccount {
    CreditAccount { account: AccountId::new(7), amount }
}

#[tokio::test]
async fn a_rejection_says_what_the_domain_says() {
    let store = MemoryStore::new();
    let app = application(&store).await;
    app.dispatch(OpenAccount { account: AccountId::new(7), owner: "alice".into() }).await.unwrap();
    let debit = DebitAccount { account: AccountId::new(7), amount: 13 };
    let error = app.dispatch(debit).await.unwrap_err();
    says(&error, &["rejected", "the balance of 0 does not cover 13"]);
    assert_eq!(*caused_by::<BankError>(&error), BankError::NotCovered { balance: 0, amount: 13 });
}

/// An event whose field has another type than the one it was stored with.
#[tokio::test]
async fn an_event_that_cannot_be_read_is_named_with_its_place_and_the_reason() {
    let store = MemoryStore::new();
    store.append(opened("7", Expected::NoStream)).await.unwrap();
    store.append(append("7", Expected::Any, "money-credited", r#"{"amount":[]}"#)).await.unwrap();
    let error = application(&store).await.dispatch(credit(1)).await.unwrap_err();
    says(
        &error,
        &["could not be loaded", "`money-credited`", "position 2", "version 2", "account/7", "amount"],
    );
    caused_by::<LoadError>(&error);

    let error = app_with(r#"{"owner":"alice"}"#, "never-heard-of").await;
    says(&error, &["`never-heard-of`", "account/7", "no event type"]);
}

async fn app_with(payload: &str, name: &'static str) -> DispatchError<BankError> {
    let store = MemoryStore::new();
    store.append(append("7", Expected::NoStream, name, payload)).await.unwrap();
    application(&store).await.dispatch(credit(1)).await.unwrap_err()
}

#[tokio::test]
async fn events_out_of_order_are_named_with_their_place_and_the_reason() {
    let error = app_with(r#"{"amount":1}"#, "money-credited").await;
    says(&error, &["`money-credited`", "position 1", "account/7", "no event has built yet"]);
}

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct LampMade;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct MakeAgain {
    #[command(id)]
    lamp: u32,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = u32)]
pub struct Lamp;

#[event_handler]
impl Lamp {
    fn made(_event: &LampMade) -> Self {
        Self
    }
}

#[command_handler]
impl Lamp {
    fn make_again(_this: Option<&Self>, _command: MakeAgain) -> LampMade {
        LampMade
    }
}

#[tokio::test]
async fn a_decision_that_is_refused_says_which_event_and_why() {
    let app = application(&MemoryStore::new()).await;
    app.dispatch(MakeAgain { lamp: 3 }).await.unwrap();
    let error = app.dispatch(MakeAgain { lamp: 3 }).await.unwrap_err();
    says(&error, &["decision is invalid", "`lamp-made`", "version 2", "lamp/3", "exists already"]);
    caused_by::<DecisionError>(&error);
}

#[tokio::test]
async fn a_malformed_command_says_which_field_and_why() {
    let app = application(&MemoryStore::new()).await;
    let error = app.dispatch_json("credit-account", r#"{"account":"7"}"#).await.unwrap_err();
    says(&error, &["`credit-account`", "malformed", "amount"]);
    caused_by::<JsonError>(&error);
}

#[tokio::test]
async fn an_aggregate_that_is_not_there_is_named() {
    let app = application(&MemoryStore::new()).await;
    says(&app.dispatch(credit(1)).await.unwrap_err(), &["account/7", "does not exist"]);
}
