//! What an operator sees: spans, and counters by type.
//!
//! The recorder is the process's own, so this is a target with one test.

use std::sync::{Arc, Mutex};

use cqrs::{prelude::*, store::memory::MemoryStore};
use cqrs_tests::bank::*;
use metrics_util::debugging::{DebugValue, DebuggingRecorder, Snapshot};
use tracing_subscriber::{Layer, layer::SubscriberExt, util::SubscriberInitExt};

/// Keeps the names of all spans.
struct Names(Arc<Mutex<Vec<&'static str>>>);

impl<S: tracing::Subscriber> Layer<S> for Names {
    fn on_new_span(
        &self,
        attributes: &tracing::span::Attributes<'_>,
        _: &tracing::span::Id,
        _: tracing_subscriber::layer::Context<'_, S>,
    ) {
        self.0.lock().unwrap().push(attributes.metadata().name());
    }
}

/// A counter's name, labels and value.
type Counter = (String, Vec<(String, String)>, u64);

/// The sum of a counter over all series that have these labels.
fn counted(snapshot: &[Counter], name: &str, labels: &[(&str, &str)]) -> u64 {
    let has = |series: &[(String, String)]| {
        labels.iter().all(|(key, value)| series.iter().any(|label| label.0 == *key && label.1 == *value))
    };
    snapshot.iter().filter(|counter| counter.0 == name && has(&counter.1)).map(|counter| counter.2).sum()
}

fn counters(snapshot: Snapshot) -> Vec<Counter> {
    let series = snapshot.into_vec().into_iter();
    series
        .filter_map(|(key, _, _, value)| {
            let DebugValue::Counter(count) = value else { return None };
            let labels = key.key().labels().map(|label| (label.key().to_owned(), label.value().to_owned()));
            Some((key.key().name().to_owned(), labels.collect(), count))
        })
        .collect()
}

#[tokio::test]
async fn commands_and_events_are_counted_by_type_and_their_ways_are_spans() {
    let recorder = DebuggingRecorder::new();
    let snapshotter = recorder.snapshotter();
    recorder.install().unwrap();
    let spans = Arc::default();
    tracing_subscriber::registry().with(Names(Arc::clone(&spans))).init();

    let app = Application::builder().store(MemoryStore::new()).start().await.unwrap();
    let account = AccountId::new("a");
    app.dispatch(OpenAccount { account: account.clone(), owner: "alice".into() }).await.unwrap();
    for _ in 0..3 {
        app.dispatch(CreditAccount { account: account.clone(), amount: 5 }).await.unwrap();
    }
    app.dispatch(DebitAccount { account: account.clone(), amount: 500 }).await.unwrap_err();
    let receipt = app.dispatch(DebitAccount { account, amount: 5 }).await.unwrap();
    app.wait_for::<Balances>(&receipt).await.unwrap();
    app.shutdown().await.unwrap();

    let seen = counters(snapshotter.snapshot());
    let count = |name: &str, labels: &[(&str, &str)]| counted(&seen, name, labels);
    assert_eq!(count("cqrs_commands_dispatched_total", &[("command", "credit-account")]), 3);
    assert_eq!(count("cqrs_commands_dispatched_total", &[]), 6);
    let refused = [("command", "debit-account"), ("code", "rejected")];
    assert_eq!(count("cqrs_commands_failed_total", &refused), 1);
    assert_eq!(count("cqrs_events_appended_total", &[("event", "money-credited")]), 3);
    assert_eq!(count("cqrs_events_appended_total", &[]), 5);
    assert_eq!(count("cqrs_events_handled_total", &[("handler", "balances"), ("event", "money-debited")]), 1);

    let spans = spans.lock().unwrap();
    for name in ["dispatch", "load", "decide", "append", "project"] {
        assert!(spans.contains(&name), "no span `{name}` among {spans:?}");
    }
}
