//! Commands that failed.

use jiff::SignedDuration;

use crate::{
    message::{CommandId, CorrelationId, Metadata},
    store::CommandFailure,
};

use super::{fixtures::stream, opened::Opened, same::assert_same};

pub(super) fn failure(number: i64, metadata: Metadata) -> CommandFailure {
    CommandFailure {
        command_id: CommandId::generate(),
        name: "do-thing".into(),
        stream: (number % 2 == 0).then(|| stream("a")),
        code: "rejected".into(),
        error: format!("reason {number}"),
        metadata,
    }
}

/// Failures one second after the other; of two pieces of business, in turns.
fn failures(ids: [CorrelationId; 2]) -> Vec<CommandFailure> {
    let start = Metadata::new().time;
    let metadata = |number: i64| Metadata {
        time: start + SignedDuration::from_secs(number),
        ..Metadata::correlated(ids[usize::from(number % 2 == 1)])
    };
    (0..8).map(|number| failure(number, metadata(number))).collect()
}

fn of(all: &[CommandFailure], id: CorrelationId) -> Vec<CommandFailure> {
    all.iter().filter(|failure| failure.metadata.correlation_id == id).cloned().collect()
}

pub(super) async fn failures_are_found_by_correlation_id(store: Opened<'_>) {
    let ids = [CorrelationId::generate(), CorrelationId::generate()];
    let all = failures(ids);
    for failure in &all {
        store.record_failure(failure.clone()).await.unwrap();
    }
    for id in ids {
        assert_same(&store.failures(Some(id), 10).await.unwrap(), &of(&all, id), "by correlation id");
    }
    assert_same(&store.failures(Some(CorrelationId::generate()), 10).await.unwrap(), &[], "of nobody");
}

/// By the time at which they happened, however late they are recorded.
pub(super) async fn the_latest_failures_come_in_order_of_time(store: Opened<'_>) {
    let ids = [CorrelationId::generate(), CorrelationId::generate()];
    let all = failures(ids);
    for index in [3, 0, 7, 5, 1, 6, 2, 4] {
        store.record_failure(all[index].clone()).await.unwrap();
    }
    assert_same(&store.failures(None, 10).await.unwrap(), &all, "all failures");
    for limit in [0, 1, 2, 5] {
        let latest = store.failures(None, limit).await.unwrap();
        assert_same(&latest, &all[8 - limit..], "the latest of all failures");
    }
    let of_one = of(&all, ids[1]);
    for limit in [0, 1, 3] {
        let latest = store.failures(Some(ids[1]), limit).await.unwrap();
        assert_same(&latest, &of_one[4 - limit..], "the latest of one piece of business");
    }
}

pub(super) async fn failures_of_one_time_come_in_order_of_recording(store: Opened<'_>) {
    let metadata = Metadata::new();
    let all: Vec<_> = (0..4).map(|number| failure(number, metadata.clone())).collect();
    for failure in &all {
        store.record_failure(failure.clone()).await.unwrap();
    }
    assert_same(&store.failures(None, 10).await.unwrap(), &all, "all failures");
    assert_same(&store.failures(None, 2).await.unwrap(), &all[2..], "the two recorded last");
}
