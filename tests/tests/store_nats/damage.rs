//! Messages that this library has not written.

use async_nats::HeaderMap;
use cqrs::{
    Position,
    store::{EventQuery, EventStore, Expected, SnapshotStore, StoreError, nats::NatsStore, read_page},
};
use cqrs_tests::nats::{Prefix, server_answers};

use crate::requests::{append, events, stream};

/// Puts a message behind one that is sound, and gives what a reader of both is told.
async fn told_of(body: &str, first_version: Option<&str>) -> String {
    let prefix = Prefix::new();
    let store = prefix.store().await;
    store.append(append("a", Expected::NoStream, 1)).await.unwrap();
    let mut headers = HeaderMap::new();
    if let Some(version) = first_version {
        headers.insert("Cqrs-First-Version", version);
    }
    let subject = format!("{}.events.thing.a", prefix.name());
    let jetstream = prefix.jetstream().await;
    jetstream.publish_with_headers(subject, headers, body.to_owned().into()).await.unwrap().await.unwrap();
    let sound = EventQuery::all().up_to(Position::new(4096));
    assert_eq!(read_page(&store, &sound, 1).await.unwrap().0.len(), 1, "what stands before is read");
    let of_stream = read_on(&store, EventQuery::stream(stream("a"))).await;
    let error = read_on(&store, EventQuery::all()).await;
    assert_eq!(error.to_string(), of_stream.to_string());
    error.to_string()
}

/// What stops a reader, on whichever page.
async fn read_on(store: &NatsStore, mut query: EventQuery) -> StoreError {
    loop {
        let end = match read_page(store, &query, 10).await {
            Ok((_, end)) => end,
            Err(error) => return error,
        };
        assert!(!end.complete, "the end was reached: {end:?}");
        (query.after, query.after_version) = (end.position, end.version);
    }
}

#[tokio::test]
async fn a_message_that_is_no_append_is_named() {
    if !server_answers() {
        return;
    }
    for (body, version) in [("hello", Some("2")), ("{}", Some("2")), ("", None)] {
        let error = told_of(body, version).await;
        assert!(error.contains("message 2 ") && error.contains("position 8192"), "{error}");
    }
}

#[tokio::test]
async fn a_damaged_event_is_named_by_position_stream_and_type() {
    if !server_answers() {
        return;
    }
    let body = r#"{"stream":{"category":"thing","key":"a"},"metadata":{},"events":[
        {"id":"0192f0c1-2345-7000-8000-000000000001","name":"thing-happened","schema_version":1,"payload":{}},
        {"id":"not an id","name":"thing-ended","schema_version":1,"payload":{}}]}"#;
    let error = told_of(body, Some("2")).await;
    for part in ["`thing-ended`", "position 8192", "version 3", "thing/a"] {
        assert!(error.contains(part), "`{error}` should name {part}");
    }
}

#[tokio::test]
async fn metadata_that_does_not_decode_is_an_error_of_whoever_asks_for_it() {
    if !server_answers() {
        return;
    }
    let body = r#"{"stream":{"category":"thing","key":"a"},"metadata":{"unknown":1},"events":[
        {"id":"0192f0c1-2345-7000-8000-000000000001","name":"thing-happened","schema_version":1,"payload":{}}]}"#;
    let error = told_of(body, Some("2")).await;
    assert!(error.contains("metadata") && error.contains("position 8192"), "{error}");
}

#[tokio::test]
async fn a_snapshot_that_does_not_decode_is_an_error() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    let subject = format!("$KV.{}_snapshots.thing.a", prefix.name());
    prefix.jetstream().await.publish(subject, "hello".into()).await.unwrap().await.unwrap();
    match store.load_snapshot(&stream("a")).await {
        Err(StoreError::Damaged { what, .. }) => assert!(what.contains("thing.a"), "{what}"),
        other => panic!("the snapshot is damaged: {other:?}"),
    }
    assert!(events(&store, EventQuery::all()).await.is_empty());
}
