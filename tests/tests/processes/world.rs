//! Applications with the registration, on every store that keeps what waits.

use std::{sync::Arc, time::Duration};

use cqrs::{
    StreamId, Timestamp,
    application::ApplicationBuilder,
    event::RecordedEvent,
    prelude::*,
    process::{CommandRefused, ProcessEnded, ProcessManager, Step, TimerDue, names},
    registry::Registry,
    store::{EventQuery, Store, read_page},
    subscription::SubscriptionSettings,
    testing::ManualClock,
};
pub use cqrs_tests::places::places;
use registration::{
    CompletePayment, Conference, ConferenceId, GiveSeatsBack, NoteOrder, Order, OrderId, Payment, PlaceOrder,
    Registration, Remind, ReserveSeats,
};

pub const MINUTE: Duration = Duration::from_mins(1);

pub fn clock() -> ManualClock {
    ManualClock::at(noon())
}

pub fn noon() -> Timestamp {
    crate::recorded::noon()
}

/// The domain, without the process.
pub fn domain() -> Registry {
    let mut registry = Registry::empty();
    registry.aggregate::<Conference>();
    registry.aggregate::<Order>();
    registry.aggregate::<Payment>();
    registry.command::<PlaceOrder>();
    registry.command::<NoteOrder>();
    registry.command::<Remind>();
    registry.command::<ReserveSeats>();
    registry.command::<GiveSeatsBack>();
    registry.command::<CompletePayment>();
    registry
}

pub fn registry() -> Registry {
    let mut registry = domain();
    registry.process_manager::<Registration>();
    registry
}

pub fn builder(store: &Arc<dyn Store>) -> ApplicationBuilder {
    let settings = SubscriptionSettings {
        first_delay: Duration::from_millis(5),
        longest_delay: Duration::from_millis(20),
        lease: Duration::from_millis(600),
        ..SubscriptionSettings::default()
    };
    Application::builder()
        .shared_store(Arc::clone(store))
        .registry(registry())
        .subscription_settings(settings)
}

pub fn place(order: u32, seats: u32) -> PlaceOrder {
    PlaceOrder { order: OrderId(order), conference: ConferenceId(1), seats, until: noon() + 15 * MINUTE }
}

pub fn note(order: u32, note: &str) -> NoteOrder {
    NoteOrder { order: OrderId(order), note: note.to_owned() }
}

pub fn pay(order: u32) -> CompletePayment {
    CompletePayment { order: OrderId(order) }
}

/// All events of a stream, those of the library among them.
pub async fn stream(store: &dyn Store, stream: StreamId) -> Vec<RecordedEvent> {
    let (events, _) = read_page(store, &EventQuery::stream(stream), 10_000).await.unwrap();
    events
}

/// What a process's stream says, in words.
pub async fn told<P: ProcessManager>(store: &dyn Store, id: &P::Id) -> Vec<String> {
    let mut told = Vec::new();
    for event in stream(store, P::stream(id)).await {
        told.push(match event.envelope.name.as_str() {
            names::STEP => {
                let step: Step = event.decode().unwrap();
                let sent: Vec<_> = step.commands.iter().map(|sent| sent.name.as_str()).collect();
                let ended = if step.ended { ", ended" } else { "" };
                format!("{}: {}{ended}", step.trigger.name, sent.join(" "))
            }
            names::WAITS => "waits".to_owned(),
            names::ENDED => {
                format!("ended by an operator: {}", event.decode::<ProcessEnded>().unwrap().reason)
            }
            names::TIMER => format!("due: {}", event.decode::<TimerDue>().unwrap().name),
            _ => {
                let CommandRefused { command, text, .. } = event.decode().unwrap();
                format!("refused: {}: {text}", command.name)
            }
        });
    }
    told
}

pub async fn seats_taken(store: &dyn Store) -> Vec<String> {
    let events = stream(store, Conference::stream(&ConferenceId(1))).await;
    events.iter().map(|event| format!("{} {}", event.envelope.name, event.payload.as_json())).collect()
}
