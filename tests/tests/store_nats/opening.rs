//! What may be where a store is opened, and what its owner cannot do to it.

use std::ops::ControlFlow;

use async_nats::jetstream::stream::Config;
use cqrs::store::{EventQuery, EventStore, Expected, StoreError, nats::NatsStore};
use cqrs_tests::nats::{Prefix, server_answers};
use futures_util::future::join_all;

use crate::requests::{append, events};

#[tokio::test]
async fn many_that_open_at_once_make_one_store() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let stores = join_all((0..4).map(|_| prefix.store())).await;
    for store in &stores {
        store.append(append("a", Expected::Any, 1)).await.unwrap();
    }
    assert_eq!(events(&stores[0], EventQuery::all()).await.len(), 4);
}

#[tokio::test]
async fn a_stream_that_forgets_is_refused_and_left_as_it_is() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let (name, subjects) = (format!("{}_events", prefix.name()), vec![format!("{}.events.>", prefix.name())]);
    let forgetful = Config { name: name.clone(), subjects, max_messages: 10, ..Config::default() };
    let jetstream = prefix.jetstream().await;
    jetstream.create_stream(forgetful).await.unwrap();
    let error = prefix.open().await.map(drop).unwrap_err().to_string();
    for part in [&*name, "max_msgs", "deny_delete", "deny_purge"] {
        assert!(error.contains(part), "`{error}` should name {part}");
    }
    assert_eq!(jetstream.get_stream(&name).await.unwrap().cached_info().config.max_messages, 10);
}

#[tokio::test]
async fn replicas_that_are_required_are_there_or_the_store_does_not_open() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    drop(prefix.store().await);
    let error =
        NatsStore::builder().require_replicas(3).connect(&prefix.address()).await.map(drop).unwrap_err();
    assert!(error.to_string().contains("num_replicas"), "{error}");
}

#[tokio::test]
async fn messages_of_the_log_cannot_be_removed() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    store.append(append("a", Expected::Any, 2)).await.unwrap();
    let jetstream = prefix.jetstream().await;
    let log = jetstream.get_stream(format!("{}_events", prefix.name())).await.unwrap();
    log.delete_message(1).await.expect_err("the server refuses to delete");
    log.purge().await.expect_err("the server refuses to purge");
    assert_eq!(events(&store, EventQuery::all()).await.len(), 2);
}

#[tokio::test]
async fn a_prefix_that_cannot_name_streams_is_refused() {
    if !server_answers() {
        return;
    }
    let server = cqrs_tests::services::Service::Nats.address();
    for bad in ["a.b", "a b", "a/b", "*", "ü"] {
        let error = NatsStore::connect(&format!("{server}/{bad}")).await.map(drop).unwrap_err();
        assert!(matches!(error, StoreError::Engine { operation: "read the prefix", .. }), "{error:?}");
    }
}

/// It is away if it does not answer; what it answers is another matter.
#[tokio::test]
async fn what_the_server_refuses_is_no_outage() {
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let store = prefix.store().await;
    store.append(append("a", Expected::Any, 1)).await.unwrap();
    let jetstream = prefix.jetstream().await;
    jetstream.delete_stream(format!("{}_events", prefix.name())).await.unwrap();
    for error in [
        store.head().await.unwrap_err(),
        store.read(&EventQuery::all(), 10, Box::new(|_| ControlFlow::Continue(()))).await.unwrap_err(),
    ] {
        assert!(!error.is_outage(), "{error:?}");
    }
}
