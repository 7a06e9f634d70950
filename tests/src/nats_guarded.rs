//! A NATS server that lets in whom it knows, over TLS.

use async_nats::ConnectOptions;
use nkeys::KeyPair;

use crate::{certificates::Authority, nats_server::NatsServer};

/// The password of everybody who has one.
pub const PASSWORD: &str = "s3cret/w@rd";
/// The same as an address has it.
pub const WRITTEN: &str = "s3cret%2Fw%40rd";

/// A server with TLS, and these users:
///
/// - `alice`, and whoever signs with the key, may do everything;
/// - `bob` may make nothing;
/// - `carol` may publish nothing to streams whose prefix is `guarded`, and so may not append;
/// - `dave` may make no consumers, and so may not read.
pub struct Guarded {
    pub server: NatsServer,
    pub authority: Authority,
    /// What signs.
    pub seed: String,
}

impl Guarded {
    pub async fn start() -> Self {
        let (authority, key) = (Authority::new(), KeyPair::new_user());
        let certificate = authority.server();
        let configuration = format!(
            r#"
            tls {{ cert_file: "{}", key_file: "{}" }}
            authorization {{ users: [
                {{ user: alice, password: "{PASSWORD}" }}
                {{ nkey: {} }}
                {{ user: bob, password: "{PASSWORD}", permissions: {{
                    publish: {{ deny: ["$JS.API.STREAM.CREATE.>"] }}
                }} }}
                {{ user: carol, password: "{PASSWORD}", permissions: {{
                    publish: {{ deny: ["guarded.>"] }}
                }} }}
                {{ user: dave, password: "{PASSWORD}", permissions: {{
                    publish: {{ deny: ["$JS.API.CONSUMER.>"] }}
                }} }}
            ] }}
            "#,
            certificate.certificate.display(),
            certificate.key.display(),
            key.public_key(),
        );
        let client = ConnectOptions::new().add_root_certificates(authority.certificate());
        let client = client.user_and_password("alice".to_owned(), PASSWORD.to_owned());
        let server = NatsServer::start_configured(&configuration, client).await;
        Self { server, authority, seed: key.seed().unwrap() }
    }

    /// Options that trust the server.
    pub fn trusting(&self) -> ConnectOptions {
        ConnectOptions::new().add_root_certificates(self.authority.certificate())
    }

    /// Where the server is, for this user.
    pub fn address_of(&self, user: &str) -> String {
        format!("tls://{user}:{WRITTEN}@{}", self.server.host())
    }
}
