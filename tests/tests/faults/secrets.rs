//! A value of the wrong type is a secret in the wrong place: it must not reach an error, a status, a dead letter or a log.

use std::{
    error::Error,
    fmt::{Debug, Write},
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::{
    EventId, Metadata, Version,
    bus::{CommandBus, CommandMessage, Message},
    event::{Envelope, Payload, RecordedEvent},
    prelude::*,
    registry::Registry,
    repository::LoadError,
    store::{Append, EventStore, Expected, Snapshot, StreamWrite, memory::MemoryStore},
};
use cqrs_tests::bank::*;
use serde::{Deserialize, Deserializer, Serialize};
use tracing::field::{Field, Visit};
use tracing_subscriber::{Layer, layer::SubscriberExt};

use crate::world::{append, credited, event, opened, stream};

const SECRET: &str = "hunter2";

/// Everything that was said anywhere.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<String>>);

impl Said {
    fn text(&self, text: &str) {
        writeln!(self.0.lock().unwrap(), "{text}").unwrap();
    }

    fn debug(&self, value: &impl Debug) {
        self.text(&format!("{value:?}\n{value:#?}"));
    }

    fn error(&self, error: &dyn Error) {
        self.debug(&error);
        let mut cause = Some(error);
        while let Some(error) = cause {
            self.text(&error.to_string());
            cause = error.source();
        }
    }

    #[track_caller]
    fn has_no_secret(&self) -> String {
        let said = self.0.lock().unwrap().clone();
        if let Some(line) = said.lines().find(|line| line.contains(SECRET)) {
            panic!("somebody said: {line}");
        }
        said
    }
}

impl Visit for Said {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.text(&format!("{field}={value:?}"));
    }
}

/// Writes down what is logged, at every level.
impl<S: tracing::Subscriber> Layer<S> for Said {
    fn on_event(&self, event: &tracing::Event<'_>, _: tracing_subscriber::layer::Context<'_, S>) {
        event.record(&mut self.clone());
    }

    fn on_new_span(
        &self,
        span: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        span.record(&mut self.clone());
    }
}

/// Refuses every text, and quotes it.
#[derive(Debug, Clone)]
pub struct Talkative;

impl Serialize for Talkative {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str("")
    }
}

impl<'de> Deserialize<'de> for Talkative {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Err(serde::de::Error::custom(format!("{text} is no good")))
    }
}

#[derive(Command, Serialize, Deserialize, Debug)]
pub struct Talk {
    #[command(id)]
    pub account: AccountId,
    pub words: Talkative,
}

#[command_handler]
async fn talk(command: Talk, accounts: Repository<Account>) -> Result<Root<Account>, LoadError> {
    accounts.load(&command.account).await
}

async fn app(store: MemoryStore) -> Application {
    let mut registry = Registry::empty();
    registry.aggregate::<Account>();
    registry.command::<OpenAccount>();
    registry.command::<CreditAccount>();
    registry.command::<Talk>();
    registry.projection::<Balances>();
    Application::builder().store(store).registry(registry).start().await.unwrap()
}

/// What serde is asked to read as an `i64`.
const MISFITS: [&str; 5] =
    [r#""hunter2""#, r#"["hunter2"]"#, r#"{"hunter2":1}"#, r#""hunter2\", expected hunter2""#, r"hunter2"];

#[tokio::test]
async fn a_command_by_name_is_refused_without_its_values() {
    let said = Said::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(said.clone()));
    let app = app(MemoryStore::new()).await;
    for misfit in MISFITS {
        let commands = [
            ("credit-account", format!(r#"{{"account":"a","amount":{misfit}}}"#)),
            ("credit-account", format!(r#"{{"account":{misfit},"amount":"hunter2"}}"#)),
            ("open-account", format!(r#"{{"account":"a","owner":[{misfit}]}}"#)),
            ("talk", r#"{"account":"a","words":"hunter2"}"#.to_owned()),
            // Alone it would be a field of an unknown name, which is told.
            ("credit-account", format!("[{misfit}]")),
        ];
        for (name, json) in commands {
            let dispatch = app.dispatch_json(name, json);
            said.debug(&dispatch);
            said.error(&dispatch.await.unwrap_err());
        }
    }
    let text = said.has_no_secret();
    for words in
        ["invalid type: string, expected i64 at `amount` (line 1, column", "Talkative` refuses it at `words`"]
    {
        assert!(text.contains(words), "nobody said {words}:\n{text}");
    }
}

#[tokio::test]
async fn a_stored_event_is_refused_without_its_values() {
    for misfit in MISFITS {
        let said = Said::default();
        let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(said.clone()));
        let store = MemoryStore::new();
        let app = app(store.clone()).await;
        let bad = event("money-credited", &format!(r#"{{"amount":{misfit}}}"#));
        append(&store, [(stream("a"), Expected::Any, vec![opened(), bad])]).await.unwrap();
        let error =
            app.dispatch(CreditAccount { account: AccountId::new("a"), amount: 1 }).await.unwrap_err();
        said.error(&error);
        let error = app.repository::<Account>().load(&AccountId::new("a")).await.unwrap_err();
        said.error(&error);
        let position = store.head().await.unwrap();
        let waited =
            tokio::time::timeout(Duration::from_secs(20), app.wait_for_position::<Balances>(position));
        said.error(&waited.await.unwrap().unwrap_err());
        said.debug(&app.status());
        said.debug(&app.health().await);
        app.shutdown().await.unwrap();
        assert!(said.has_no_secret().contains("money-credited"));
    }
}

#[tokio::test]
async fn a_command_from_a_bus_is_refused_without_its_values() {
    let said = Said::default();
    let _guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(said.clone()));
    let app = app(MemoryStore::new()).await;
    let bus = CommandBus::in_memory();
    let listening = bus.listen().dispatch_to(app.dispatcher()).await.unwrap();
    let bodies: Vec<_> =
        MISFITS.iter().filter(|json| serde_json::from_str::<serde_json::Value>(json).is_ok()).collect();
    for misfit in &bodies {
        let message = CommandMessage::from_json(
            "credit-account",
            "a",
            format!(r#"{{"account":"a","amount":{misfit}}}"#),
        );
        said.debug(&message);
        bus.publish(&message).await.unwrap();
    }
    let letters = async {
        loop {
            let letters = bus.dead_letters(100).await.unwrap();
            if letters.len() == bodies.len() {
                return letters;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let letters = tokio::time::timeout(Duration::from_secs(20), letters).await.unwrap();
    said.debug(&letters);
    for letter in &letters {
        said.text(&letter.error);
    }
    listening.stop().await.unwrap();
    assert!(said.has_no_secret().contains("expected i64 at `amount`"));
}

#[test]
fn messages_and_events_show_how_long_their_content_is_and_not_what_it_is() {
    let said = Said::default();
    let payload = Payload::from_json(r#"{"amount":"hunter2"}"#);
    let new = event("money-credited", payload.as_json());
    let write = StreamWrite { stream: stream("a"), expected: Expected::Any, events: vec![new] };
    said.debug(&Append { writes: vec![write], command: None, metadata: Metadata::new() });
    let envelope = Envelope {
        id: EventId::generate(),
        stream: stream("a"),
        version: Version::new(1),
        name: "money-credited".into(),
        schema_version: 1,
        metadata: Metadata::new(),
    };
    let recorded = RecordedEvent { position: Position::new(1), envelope, payload: payload.clone() };
    said.debug(&recorded);
    said.debug(&recorded.as_stored());
    said.debug(&Message::encode(&recorded).unwrap());
    said.debug(&CommandMessage::from_json("credit-account", "a", payload.as_json()));
    said.debug(&Snapshot { stream: stream("a"), version: Version::new(1), fingerprint: 1, state: payload });
    assert!(said.has_no_secret().contains("20 bytes"));
    assert!(format!("{:?}", credited(1)).contains("bytes"));
}
