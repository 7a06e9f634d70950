//! A server that wants a password, over TLS; and what a store says of one that does not let it in.

use cqrs::store::{EventStore, StoreError, postgres::PostgresStore};
use cqrs_tests::{
    certificates::Authority,
    postgres_server::{PostgresServer, can_start},
    said::assert_says,
};

#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_server_lets_in_whom_it_should_and_says_why_not() {
    if !can_start() {
        return;
    }
    let authority = Authority::new();
    let server = PostgresServer::start_guarded(&authority.server().read(), "s3cret/w@rd").await;
    let address = |password: &str, access: &str| {
        format!("postgres://postgres:{password}@{}/postgres?{access}", server.host())
    };
    let trusting = format!("sslmode=verify-full&sslrootcert={}", authority.certificate().display());
    let open = async |password: &str, access: &str| {
        PostgresStore::builder().connect(&address(password, access)).await
    };
    let store = open("s3cret%2Fw%40rd", &trusting).await.unwrap();
    store.head().await.unwrap();
    store.close().await.unwrap();

    let refused = open("s3cret", &trusting).await.map(drop).unwrap_err();
    assert!(matches!(refused, StoreError::Engine { operation: "connect", .. }), "{refused:?}");
    assert_says(&refused, "password authentication failed for user \"postgres\"");
    let refused = open("s3cret%2Fw%40rd", "sslmode=verify-full").await.map(drop).unwrap_err();
    assert_says(&refused, "UnknownIssuer");
    assert!(!refused.is_outage(), "waiting does not help: {refused:?}");
}
