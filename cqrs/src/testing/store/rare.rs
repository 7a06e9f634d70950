//! One event among many.

use futures_util::future::join_all;

use crate::{
    message::{CorrelationId, Metadata, StreamId, Tag},
    store::{Append, EventQuery, Expected, NewEvent, StreamWrite, read_page},
};

use super::{
    fixtures::{append, event, must_append, some},
    opened::Opened,
};

const TASKS: u64 = 20;
const APPENDS: u64 = 20;
const EVENTS: u64 = 10;

/// However many events a store looks at in vain, its page goes on until it has found one or has seen them all.
pub(super) async fn an_event_among_thousands_is_found(store: Opened<'_>) {
    let tasks = (0..TASKS).map(|task| {
        let store = store.share();
        tokio::spawn(async move {
            for _ in 0..APPENDS {
                must_append(&*store, some(&task.to_string(), EVENTS)).await;
            }
        })
    });
    join_all(tasks).await.into_iter().for_each(|task| task.expect("a writer should not panic"));
    let (rare, id) = rare();
    let position = must_append(&*store, rare).await.last_position();
    must_append(&*store, some("0", EVENTS)).await;

    let head = store.head().await.unwrap();
    for query in [
        EventQuery::all().names(["rare-thing-happened"]),
        EventQuery::all().tag(Tag::new("rare", "yes")),
        EventQuery::all().category("rare"),
        EventQuery::all().correlation_id(id),
    ] {
        let (events, end) = read_page(&*store, &query, 10).await.unwrap();
        let found: Vec<_> = events.iter().map(|event| event.position).collect();
        assert_eq!(found, [position], "the page says {end:?} of {query:?}");
        let reached = if query.category.is_some() { position..=head } else { head..=head };
        assert!(end.complete && reached.contains(&end.position), "{end:?} of {query:?}");
        let (events, end) = read_page(&*store, &query, 1).await.unwrap();
        assert_eq!(events.len(), 1, "a page with room for one says {end:?} of {query:?}");
        assert!((position..=head).contains(&end.position), "{end:?} of {query:?}");
    }
}

/// An append that differs from the others in everything, and its correlation id.
fn rare() -> (Append, CorrelationId) {
    let id = CorrelationId::generate();
    let event =
        NewEvent { name: "rare-thing-happened".into(), tags: vec![Tag::new("rare", "yes")], ..event(1) };
    let stream = StreamId::new("rare", "a");
    let write = StreamWrite { stream, expected: Expected::NoStream, events: vec![event] };
    (Append { metadata: Metadata::correlated(id), ..append(vec![write]) }, id)
}
