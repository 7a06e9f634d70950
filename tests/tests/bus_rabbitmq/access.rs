//! A broker that lets in whom it knows, over TLS if one wants it. And what it says to others.

use cqrs::bus::{
    BusError, CommandMessage,
    rabbitmq::{RabbitMqBus, RabbitMqBusOptions},
};
use cqrs_tests::{carrying::carry_a_command, rabbitmq_guarded::Guarded, said::assert_says};
use lapin::ErrorKind;

/// What was done when the broker refused it, and the client's error.
fn refused(error: &BusError) -> (&'static str, &lapin::Error) {
    let BusError::Transport { operation, source } = error else { panic!("{error:?}") };
    (operation, source.downcast_ref().expect("the client's error"))
}

async fn whom_it_knows_is_let_in(guarded: &Guarded) {
    let alice = RabbitMqBus::builder(guarded.address_of("alice")).prefix("alice").connect().await.unwrap();
    carry_a_command(alice.commands()).await;
    let host = guarded.server.host();
    for wrong in [format!("amqp://alice:s3cret@{host}"), guarded.address_of("mallory")] {
        let error = RabbitMqBus::builder(wrong).connect().await.unwrap_err();
        let ("connect", said) = refused(&error) else { panic!("{error:?}") };
        assert!(matches!(said.kind(), ErrorKind::ProtocolError(_)), "{said:?}");
        assert_says(&error, "ACCESS_REFUSED - Login was refused");
    }
}

async fn who_lacks_a_permission_is_told_which(guarded: &Guarded) {
    let as_user = |user| RabbitMqBus::builder(guarded.address_of(user)).prefix("guarded").partitions(2);
    let error = as_user("bob").connect().await.unwrap_err();
    refused(&error);
    assert_says(&error, "ACCESS_REFUSED - access to exchange 'guarded.commands'");
    assert_says(&error, "refused for user 'bob'");

    as_user("alice").connect().await.unwrap();
    let carol = as_user("carol").connect().await.unwrap().commands();
    let error = carol.publish(&CommandMessage::from_json("debit", "7", "1")).await.unwrap_err();
    assert_says(&error, "ACCESS_REFUSED - access to exchange 'guarded.commands'");
    assert_says(&error, "refused for user 'carol'");

    // The broker says it with the code of a group that somebody has for himself.
    let dave = as_user("dave").connect().await.unwrap().commands();
    let error = dave.listen().start(|_: CommandMessage| async { Ok(()) }).await.map(drop).unwrap_err();
    refused(&error);
    assert_says(&error, "ACCESS_REFUSED - access to queue 'guarded.commands");
    assert_says(&error, "refused for user 'dave'");
}

async fn over_tls_both_sides_show_who_they_are(guarded: &Guarded) {
    let connect = || RabbitMqBus::builder(guarded.tls_address_of("alice")).prefix("tls");
    let [certificate, key] = guarded.authority.client().read();
    let trusting = |options: RabbitMqBusOptions| options.root_certificates(guarded.authority.pem());
    let identified = |options: RabbitMqBusOptions| options.client_certificate(&*certificate, &*key);
    carry_a_command(trusting(identified(connect())).connect().await.unwrap().commands()).await;

    assert_says(&identified(connect()).connect().await.unwrap_err(), "UnknownIssuer");
    // The broker ends a connection of somebody without a certificate, with or without an alert that is heard.
    assert_eq!(refused(&trusting(connect()).connect().await.unwrap_err()).0, "connect");
    let wrong = format!("amqps://alice:s3cret@{}", guarded.server.tls_host());
    let wrong = RabbitMqBus::builder(wrong);
    let shown = format!("{:?}", trusting(identified(wrong.clone())));
    assert!(!shown.contains("s3cret") && !shown.contains("KEY"), "{shown}");
    assert_says(&trusting(identified(wrong)).connect().await.unwrap_err(), "ACCESS_REFUSED");
}

/// One test: a node takes its time to start.
#[tokio::test(flavor = "multi_thread")]
async fn a_guarded_broker_lets_in_whom_it_should_and_says_why_not() {
    let Some(guarded) = Guarded::start().await else { return };
    whom_it_knows_is_let_in(&guarded).await;
    who_lacks_a_permission_is_told_which(&guarded).await;
    over_tls_both_sides_show_who_they_are(&guarded).await;
}
