//! Commands that failed.

use jiff::SignedDuration;

use crate::{
    message::{CommandId, CorrelationId, Metadata},
    store::CommandFailure,
};

use super::{fixtures::stream, opened::Opened};

fn failure(number: i64, metadata: Metadata) -> CommandFailure {
    CommandFailure {
        command_id: CommandId::generate(),
        name: "do-thing".into(),
        stream: (number % 2 == 0).then(|| stream("a")),
        code: "rejected".into(),
        error: format!("reason {number}"),
        metadata,
    }
}

pub(super) async fn failures_are_found_by_correlation_id(store: Opened<'_>) {
    let id = CorrelationId::generate();
    let wanted = [failure(1, Metadata::correlated(id)), failure(2, Metadata::correlated(id))];
    store.record_failure(wanted[0].clone()).await.unwrap();
    store.record_failure(failure(3, Metadata::new())).await.unwrap();
    store.record_failure(wanted[1].clone()).await.unwrap();
    assert_eq!(store.failures(Some(id), 10).await.unwrap(), wanted);
    assert_eq!(store.failures(Some(CorrelationId::generate()), 10).await.unwrap(), []);
}

pub(super) async fn the_latest_failures_come_in_order_of_time(store: Opened<'_>) {
    let start = Metadata::new();
    let at = |second| Metadata { time: start.time + SignedDuration::from_secs(second), ..Metadata::new() };
    let all: Vec<_> = (0..5).map(|number| failure(number, at(number))).collect();
    for failure in &all {
        store.record_failure(failure.clone()).await.unwrap();
    }
    assert_eq!(store.failures(None, 10).await.unwrap(), all);
    assert_eq!(store.failures(None, 2).await.unwrap(), all[3..]);
    assert_eq!(store.failures(None, 0).await.unwrap(), []);
}
