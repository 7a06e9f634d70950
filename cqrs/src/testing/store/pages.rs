//! Reading in pages.

use std::{
    ops::ControlFlow,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use crate::{
    message::{Position, Version},
    store::{EventQuery, EventStore, Visit, read_page},
};

use super::{
    fixtures::{all, must_append, read, some, stream},
    opened::Opened,
    same::assert_same,
};

async fn fill(store: &(impl EventStore + ?Sized)) {
    for round in 0..10 {
        must_append(store, some("a", 1 + round % 3)).await;
        must_append(store, some("b", 2)).await;
    }
}

pub(super) async fn pages_join_without_gap_or_overlap(store: Opened<'_>) {
    fill(&*store).await;
    for query in
        [EventQuery::all(), EventQuery::stream(stream("a")), EventQuery::all().names(["thing-happened"])]
    {
        let whole = read(&*store, query.clone(), 10_000).await.unwrap();
        assert!(whole.len() >= 19, "{query:?} found {} events", whole.len());
        for limit in [1, 2, 3, 7, whole.len() - 1, whole.len(), whole.len() + 1] {
            let joined = read(&*store, query.clone(), limit).await.unwrap();
            assert_same(&joined, &whole, &format!("pages of {limit}, {query:?}"));
        }
    }
}

pub(super) async fn a_complete_page_reaches_the_head(store: Opened<'_>) {
    fill(&*store).await;
    let head = store.head().await.unwrap();
    let (events, end) = read_page(&*store, &EventQuery::all(), 10_000).await.unwrap();
    assert_eq!((end.position, end.count, end.complete), (head, events.len(), true));
    let (events, end) = read_page(&*store, &EventQuery::all().after(head), 10).await.unwrap();
    assert_eq!((events.len(), end.position, end.complete), (0, head, true));
    let beyond = Position::new(u64::MAX);
    let (events, _) = read_page(&*store, &EventQuery::all().after(beyond), 10).await.unwrap();
    assert!(events.is_empty(), "nothing stands beyond the last position");
}

pub(super) async fn a_filtered_page_reaches_the_head(store: Opened<'_>) {
    fill(&*store).await;
    let head = store.head().await.unwrap();
    let query = EventQuery::all().names(["never-happened"]);
    let (events, end) = read_page(&*store, &query, 10).await.unwrap();
    assert_eq!((events.len(), end.position, end.complete), (0, head, true));
}

/// What lies beyond the position up to which was asked is not reached, and what lies before the one asked for is behind.
pub(super) async fn a_page_stays_within_its_places(store: Opened<'_>) {
    fill(&*store).await;
    let log = all(&*store).await;
    let (third, tenth) = (log[2].position, log[9].position);
    for query in [EventQuery::all(), EventQuery::all().names(["never-happened"])] {
        let (_, end) = read_page(&*store, &query.clone().after(third).up_to(tenth), 1_000).await.unwrap();
        assert_eq!((end.position, end.complete), (tenth, true), "{query:?}");
        let (_, end) = read_page(&*store, &query.clone().after(tenth).up_to(third), 1_000).await.unwrap();
        assert_eq!((end.count, end.position, end.complete), (0, tenth, true), "{query:?}");
    }
    let of_stream = EventQuery::stream(stream("a"));
    let (events, end) = read_page(&*store, &of_stream, 1_000).await.unwrap();
    let last = events.last().expect("the stream has events").position;
    assert!(end.complete && (last..=store.head().await.unwrap()).contains(&end.position), "{end:?}");
}

/// A page that may show nothing tells whether there is anything to show.
pub(super) async fn a_page_without_room_is_complete_only_if_nothing_is_left(store: Opened<'_>) {
    fill(&*store).await;
    let head = store.head().await.unwrap();
    for query in [EventQuery::all(), EventQuery::stream(stream("a"))] {
        let (events, end) = read_page(&*store, &query, 0).await.unwrap();
        assert_eq!((events.len(), end.count, end.complete), (0, 0, false), "{query:?}");
        assert_eq!(end.position, Position::START, "nothing of it was shown: {query:?}");
        let (_, end) = read_page(&*store, &query.clone().after(head), 0).await.unwrap();
        assert_eq!((end.count, end.complete), (0, true), "nothing is left: {query:?}");
    }
}

pub(super) async fn a_page_ends_where_its_visitor_stops(store: Opened<'_>) {
    fill(&*store).await;
    let fifth = all(&*store).await[4].position;
    let shown = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&shown);
    let visit: Visit = Box::new(move |_| match counter.fetch_add(1, Ordering::SeqCst) {
        4.. => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    let end = store.read(&EventQuery::all(), 10_000, visit).await.unwrap();
    assert_eq!(shown.load(Ordering::SeqCst), 5);
    assert_eq!((end.count, end.position, end.complete), (5, fifth, false));
}

pub(super) async fn a_page_of_a_stream_tells_its_version(store: Opened<'_>) {
    fill(&*store).await;
    let query = EventQuery::stream(stream("a")).after_version(Version::new(2));
    let (events, end) = read_page(&*store, &query, 4).await.unwrap();
    assert_eq!(super::fixtures::versions(&events), [3, 4, 5, 6]);
    assert_eq!((end.version, end.position, end.complete), (Version::new(6), events[3].position, false));
    let far = EventQuery::stream(stream("a")).after_version(Version::new(1_000));
    let (events, end) = read_page(&*store, &far, 4).await.unwrap();
    assert_eq!((events.len(), end.version, end.complete), (0, Version::new(1_000), true));
}
