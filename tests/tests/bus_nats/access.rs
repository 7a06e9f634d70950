//! A server that lets in whom it knows: by a password, a token, a key; over TLS. And what it says to others.

use std::{path::Path, time::Duration};

use async_nats::{ConnectError, ConnectErrorKind, ConnectOptions};
use cqrs::bus::{BusError, CommandMessage, PublishError, nats::NatsBus};
use cqrs_tests::{
    carrying::carry_a_command,
    child,
    nats_guarded::Guarded,
    nats_server::{NatsServer, can_start},
    ports::free_ports,
    said::{self, assert_says},
};

/// What kept the client from connecting, in its own words.
fn kind(error: &BusError) -> ConnectErrorKind {
    let BusError::Transport { operation: "connect", source } = error else { panic!("{error:?}") };
    source.downcast_ref::<ConnectError>().expect("the client's error").kind()
}

#[tokio::test(flavor = "multi_thread")]
async fn whom_the_server_knows_is_let_in_and_nobody_else() {
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let alice = NatsBus::builder(guarded.address_of("alice")).client_options(guarded.trusting());
    carry_a_command(alice.prefix("alice").connect().await.unwrap().commands()).await;
    let host = guarded.server.host();
    let signing = guarded.trusting().nkey(guarded.seed.clone());
    let signing = NatsBus::builder(format!("tls://{host}")).client_options(signing).prefix("key");
    carry_a_command(signing.connect().await.unwrap().commands()).await;

    for wrong in
        [format!("tls://alice:s3cret@{host}"), guarded.address_of("mallory"), format!("tls://{host}")]
    {
        let refused = NatsBus::builder(wrong).client_options(guarded.trusting()).connect().await.unwrap_err();
        assert_eq!(kind(&refused), ConnectErrorKind::AuthorizationViolation, "{refused:?}");
        assert_says(&refused, "authorization violation");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_lets_one_in() {
    if !can_start() {
        return;
    }
    let token = "s3cret-token";
    let configuration = format!("authorization {{ token: \"{token}\" }}");
    let server = NatsServer::start_configured(&configuration, ConnectOptions::with_token(token.into())).await;
    let broker =
        NatsBus::builder(format!("nats://{token}@{}", server.host())).prefix("address").connect().await;
    carry_a_command(broker.unwrap().commands()).await;
    let options = ConnectOptions::with_token(token.into());
    let broker = NatsBus::builder(server.address()).client_options(options).prefix("options").connect().await;
    carry_a_command(broker.unwrap().commands()).await;
    let refused = NatsBus::builder(format!("nats://s3cret@{}", server.host())).connect().await.unwrap_err();
    assert_eq!(kind(&refused), ConnectErrorKind::AuthorizationViolation, "{refused:?}");
    assert_says(&refused, "authorization violation");
}

/// The server answers nothing to who asks for what he may not; the error says all the same what that is.
#[tokio::test(flavor = "multi_thread")]
async fn who_lacks_a_permission_is_told_which() {
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let as_user = |user| {
        NatsBus::builder(guarded.address_of(user)).client_options(guarded.trusting()).prefix("guarded")
    };
    let refused = as_user("bob").connect().await.unwrap_err();
    assert!(matches!(refused, BusError::Transport { operation: "open the bus", .. }), "{refused:?}");
    assert_says(&refused, "the server does not allow it: Permissions Violation");
    assert_says(&refused, "STREAM.CREATE.guarded_command-bus");

    as_user("alice").connect().await.unwrap();
    let carol = as_user("carol").connect().await.unwrap().commands();
    let refused = carol.publish(&CommandMessage::from_json("debit", "7", "1")).await.unwrap_err();
    let BusError::Transport { operation: "publish", .. } = &refused else { panic!("{refused:?}") };
    assert_says(&refused, "Permissions Violation for Publish to \"guarded.command-bus.");
    let several =
        [CommandMessage::from_json("debit", "7", "1"), CommandMessage::from_json("debit", "8", "1")];
    let refused: PublishError = carol.publish_all(&several).await.unwrap_err();
    assert_eq!(refused.confirmed, 0);
    assert_says(&refused, "Permissions Violation for Publish");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_certificate_is_not_trusted_is_not_spoken_to() {
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let refused = NatsBus::builder(guarded.address_of("alice")).connect().await.unwrap_err();
    assert_says(&refused, "UnknownIssuer");
    let elsewhere = guarded.authority.server_elsewhere();
    let configuration = format!(
        "tls {{ cert_file: \"{}\", key_file: \"{}\" }}",
        elsewhere.certificate.display(),
        elsewhere.key.display()
    );
    let [port] = free_ports();
    let mut server = NatsServer::stopped(port, Vec::new());
    server.configure(&configuration);
    server.launch();
    let refused = async {
        loop {
            let options =
                NatsBus::builder(format!("tls://{}", server.host())).client_options(guarded.trusting());
            match options.connect().await.unwrap_err() {
                error if said::in_full(&error).contains("refused") => {
                    tokio::time::sleep(Duration::from_millis(20)).await;
                }
                error => return error,
            }
        }
    };
    let refused = tokio::time::timeout(Duration::from_secs(20), refused).await.expect("it answers");
    assert_says(&refused, "NotValidForName");
}

/// Without a word from the program, the authorities are those of the system.
#[tokio::test(flavor = "multi_thread")]
async fn whom_the_system_trusts_is_trusted() {
    const NAME: &str = "access::whom_the_system_trusts_is_trusted";
    if let Some(orders) = child::orders(NAME) {
        let broker = NatsBus::builder(orders.file.to_str().unwrap()).connect().await.unwrap();
        return carry_a_command(broker.commands()).await;
    }
    if !can_start() {
        return;
    }
    let guarded = Guarded::start().await;
    let address = guarded.address_of("alice");
    let system = [("SSL_CERT_FILE", guarded.authority.certificate())];
    said::by(child::start_with(NAME, Path::new(&address), 0, system)).await;
}
