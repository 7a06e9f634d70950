//! What the attribute says of how a handler is run.

use std::time::Duration;

use cqrs::{handler::EventHandlerSettings, prelude::*, registry::Registry};
use cqrs_tests::bank::*;

#[event_handler(from = now, concurrency = 16, attempts = 20, delay = "1s..10m", time_limit = "1500ms")]
async fn says_everything(_: &AccountClosed) {}

#[event_handler(from = now, delay = "1h .. 2d")]
fn says_a_little(_: &AccountClosed) {}

#[event_handler(from = now)]
async fn says_nothing(_: &AccountClosed) {}

fn of(name: &str) -> (EventHandlerSettings, bool) {
    let registry = Registry::collect();
    let entry = registry.event_handlers().iter().find(|entry| entry.name == name).unwrap();
    (entry.settings, entry.blocking)
}

#[test]
fn it_is_what_the_runtime_is_told() {
    let (second, hour) = (Duration::from_secs(1), Duration::from_hours(1));
    let everything = EventHandlerSettings::new()
        .concurrency(16)
        .attempts(20)
        .delay(second, second * 600)
        .time_limit(Duration::from_millis(1_500));
    assert_eq!(of("says-everything"), (everything, false));
    assert_eq!(of("says-a-little"), (EventHandlerSettings::new().delay(hour, hour * 48), true));
    let nothing = of("says-nothing").0;
    assert_eq!(nothing, EventHandlerSettings::new());
    assert_eq!((nothing.concurrency, nothing.attempts, nothing.time_limit), (1, None, None));
}
