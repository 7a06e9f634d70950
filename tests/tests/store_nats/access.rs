//! A server that lets in whom it knows, over TLS; and what a store says of one that does not let it in.

use std::{error::Error, path::Path};

use async_nats::{ConnectError, ConnectErrorKind};
use cqrs::{
    Version,
    store::{EventQuery, EventStore, Expected, StoreError, nats::NatsStore, read_page},
};
use cqrs_tests::{
    child,
    nats_guarded::{Guarded, PASSWORD, WRITTEN},
    nats_server::can_start,
    said::{self, assert_says},
};

use crate::requests::{append, version};

async fn store_of(guarded: &Guarded, user: &str) -> Result<NatsStore, StoreError> {
    let options = guarded.trusting().user_and_password(user.to_owned(), PASSWORD.to_owned());
    let client = options.connect(format!("tls://{}", guarded.server.host())).await.unwrap();
    NatsStore::builder().connect_with(client, "guarded").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_with_certificates_and_a_key_opens_a_store() {
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let options = guarded.trusting().nkey(guarded.seed.clone());
    let client = options.connect(format!("tls://{}", guarded.server.host())).await.unwrap();
    let store = NatsStore::builder().connect_with(client, "key").await.unwrap();
    store.append(append("7", Expected::NoStream, 1)).await.unwrap();
    assert_eq!(version(&store, "7").await, Version::new(1));
}

/// The address alone: the authorities are those of the system, and the permission is the server's.
#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_enough_where_the_system_trusts_the_server() {
    const NAME: &str = "access::an_address_is_enough_where_the_system_trusts_the_server";
    if let Some(orders) = child::orders(NAME) {
        return use_server(orders.file.to_str().unwrap()).await;
    }
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let system = [("SSL_CERT_FILE", guarded.authority.certificate())];
    said::by(child::start_with(NAME, Path::new(&guarded.server.host()), 0, system)).await;
    let untrusted = NatsStore::connect(&guarded.address_of("alice")).await.map(drop).unwrap_err();
    assert_says(&untrusted, "UnknownIssuer");
    assert!(!untrusted.is_outage(), "waiting does not help: {untrusted:?}");
}

async fn use_server(host: &str) {
    let address = |user| format!("tls://{user}:{WRITTEN}@{host}/guarded");
    let wrong = format!("tls://alice:s3cret@{host}/guarded");
    let refused = NatsStore::connect(&wrong).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Engine { operation: "connect", .. }), "{refused:?}");
    let mut causes = std::iter::successors(refused.source(), |&cause| cause.source());
    let client = causes.find_map(|cause| cause.downcast_ref::<ConnectError>()).expect("the client's error");
    assert_eq!(client.kind(), ConnectErrorKind::AuthorizationViolation);
    assert_says(&refused, "authorization violation");

    let refused = NatsStore::connect(&address("bob")).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Engine { operation: "open a stream", .. }), "{refused:?}");
    assert_says(&refused, "the server does not allow it: Permissions Violation");
    assert_says(&refused, "STREAM.CREATE.guarded_events");

    let store = NatsStore::connect(&address("alice")).await.unwrap();
    store.append(append("7", Expected::NoStream, 1)).await.unwrap();
    let carol = NatsStore::connect(&address("carol")).await.unwrap();
    assert_eq!(version(&carol, "7").await, Version::new(1));
    // It is known that nothing was stored, though nobody has answered.
    let refused = carol.append(append("8", Expected::NoStream, 1)).await.unwrap_err();
    assert!(matches!(refused, StoreError::Engine { .. }), "{refused:?}");
    assert_says(&refused, "Permissions Violation for Publish to \"guarded.events.thing.8\"");
    assert_eq!(version(&store, "8").await, Version::new(0));
    let dave = NatsStore::connect(&address("dave")).await.unwrap();
    let refused = read_page(&dave, &EventQuery::all(), 10).await.unwrap_err();
    assert!(matches!(refused, StoreError::Engine { .. }), "{refused:?}");
    assert_says(&refused, "Permissions Violation for Publish to \"$JS.API.CONSUMER.");
}

/// A client of one's own has its own ears: of what it may not do one learns that nobody has answered.
#[tokio::test(flavor = "multi_thread")]
async fn a_client_of_ones_own_that_lacks_a_permission_gets_no_answer() {
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let refused = store_of(&guarded, "bob").await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Unavailable { .. }), "{refused:?}");
    store_of(&guarded, "alice").await.unwrap();
}
