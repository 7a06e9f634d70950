//! Where processes stand.

use jiff::Timestamp;

use crate::{
    message::{Position, StreamId, Version},
    store::{ProcessCounts, ProcessQuery, ProcessRow, Settlement},
};

use super::{opened::Opened, same::assert_same, subscriptions::from_start};

const STEPS: &str = "process/registration/steps";
const OF: &str = "process/registration";

fn row(key: &str, version: u64, ended: bool) -> ProcessRow {
    let time: Timestamp = "2026-01-02T03:04:05.000000006Z".parse().unwrap();
    ProcessRow {
        process: StreamId::new(OF, key.to_owned()),
        ended,
        version: Version::new(version),
        position: Position::new(10 * version),
        next_due: (!ended).then_some(time),
    }
}

fn settlement(from: u64, to: u64, processes: Vec<ProcessRow>) -> Settlement {
    Settlement { processes, ..Settlement::new(STEPS, 0, Position::new(from), Position::new(to)) }
}

async fn running(store: &Opened<'_>) -> Vec<ProcessRow> {
    store.process_page(&ProcessQuery::running(OF), 100).await.unwrap()
}

async fn ended(store: &Opened<'_>) -> Vec<ProcessRow> {
    store.process_page(&ProcessQuery::ended(OF), 100).await.unwrap()
}

pub(super) async fn where_processes_stand_changes_with_the_checkpoint(store: Opened<'_>) {
    store.subscribe(from_start(STEPS)).await.unwrap();
    let first = settlement(0, 7, vec![row("7", 3, false), row("8", 1, true)]);
    for refused in [
        Settlement { epoch: 1, ..first.clone() },
        Settlement { from: Position::new(9), ..first.clone() },
        Settlement { name: "unknown".into(), ..first.clone() },
    ] {
        assert!(!store.settle(&refused).await.unwrap());
    }
    assert_eq!(running(&store).await, [], "nothing is changed by what is refused");
    assert!(store.settle(&first).await.unwrap());
    assert_same(&running(&store).await, &[row("7", 3, false)], "those that run");
    assert_same(&ended(&store).await, &[row("8", 1, true)], "those that have ended");
    assert_eq!(store.count_processes(OF).await.unwrap(), ProcessCounts { running: 1, ended: 1 });
    let kept = store.subscription(STEPS).await.unwrap().unwrap();
    assert_eq!(kept.position, Position::new(7), "the checkpoint moves with them");
}

/// A former owner may come late, and a trigger may come again.
pub(super) async fn of_two_rows_of_a_process_the_newer_is_true(store: Opened<'_>) {
    store.subscribe(from_start(STEPS)).await.unwrap();
    assert!(store.settle(&settlement(0, 1, vec![row("7", 3, false)])).await.unwrap());
    assert!(store.settle(&settlement(1, 2, vec![row("7", 4, true)])).await.unwrap());
    for late in [row("7", 3, false), row("7", 4, false)] {
        assert!(store.settle(&settlement(2, 2, vec![late, row("9", 1, false)])).await.unwrap());
    }
    assert_same(&ended(&store).await, &[row("7", 4, true)], "what came late");
    assert_same(&running(&store).await, &[row("9", 1, false)], "what came beside it");
}

pub(super) async fn processes_are_read_by_state_and_in_pages(store: Opened<'_>) {
    store.subscribe(from_start(STEPS)).await.unwrap();
    let keys = ["", "a", "a/b", "aa", "b", "ä", "漢"];
    let other = ProcessRow { process: StreamId::new("process/registrations", "a"), ..row("a", 1, false) };
    let mut rows: Vec<_> = keys.iter().rev().map(|key| row(key, 1, false)).collect();
    rows.extend([other, row("gone", 1, true)]);
    assert!(store.settle(&settlement(0, 1, rows)).await.unwrap());
    let (mut query, mut read) = (ProcessQuery::running(OF), Vec::new());
    loop {
        let page = store.process_page(&query, 2).await.unwrap();
        assert!(page.len() <= 2);
        let Some(last) = page.last() else { break };
        query = query.after(last);
        read.extend(page);
    }
    let expected: Vec<_> = keys.iter().map(|key| row(key, 1, false)).collect();
    assert_same(&read, &expected, "those that run, by key");
    let counts = store.count_processes(OF).await.unwrap();
    assert_eq!(counts, ProcessCounts { running: keys.len() as u64, ended: 1 });
    assert_eq!(store.count_processes("process").await.unwrap(), ProcessCounts::default());
}

pub(super) async fn where_processes_stand_outlives_closing(mut store: Opened<'_>) {
    store.subscribe(from_start(STEPS)).await.unwrap();
    let rows = vec![row("7", 3, false), row("8", 2, true)];
    assert!(store.settle(&settlement(0, 1, rows)).await.unwrap());
    store.reopen().await;
    assert_same(&running(&store).await, &[row("7", 3, false)], "those that run");
    assert_same(&ended(&store).await, &[row("8", 2, true)], "those that have ended");
}
