//! A RabbitMQ node that knows several users, and speaks TLS with whoever shows a certificate.

use std::path::Path;

use crate::{certificates::Authority, rabbitmq_server::RabbitMqServer};

/// The password of everybody.
pub const PASSWORD: &str = "s3cret/w@rd";
/// The same as an address has it.
pub const WRITTEN: &str = "s3cret%2Fw%40rd";

/// The users, and what they may configure, write and read.
const USERS: [(&str, [&str; 3]); 4] = [
    ("alice", [".*", ".*", ".*"]),
    ("bob", ["^$", ".*", ".*"]),
    // Not the exchanges.
    ("carol", [".*", "^guarded[.](commands|events)[.].*", ".*"]),
    // Only the exchanges.
    ("dave", [".*", ".*", "^guarded[.](commands|events)$"]),
];

/// A node with the users `alice`, who may do everything; `bob`, who may make nothing; `carol`, who may publish nothing;
/// `dave`, who may consume nothing. Over TLS it lets in who shows a certificate of the authority.
pub struct Guarded {
    pub server: RabbitMqServer,
    pub authority: Authority,
}

impl Guarded {
    /// One that runs; `None`, and a word about it, where RabbitMQ is not installed.
    pub async fn start() -> Option<Self> {
        let authority = Authority::new();
        let configured = |folder: &Path, port: u16| configuration(&authority, folder, port);
        let server = RabbitMqServer::start_with(configured).await?;
        Some(Self { server, authority })
    }

    /// Where the node is, for this user.
    pub fn address_of(&self, user: &str) -> String {
        format!("amqp://{user}:{WRITTEN}@{}", self.server.host())
    }

    /// The same over TLS.
    pub fn tls_address_of(&self, user: &str) -> String {
        format!("amqps://{user}:{WRITTEN}@{}", self.server.tls_host())
    }
}

fn configuration(authority: &Authority, folder: &Path, port: u16) -> String {
    let definitions = folder.join("definitions.json");
    std::fs::write(&definitions, definitions_of_users()).unwrap();
    let (server, authority) = (authority.server(), authority.certificate());
    format!(
        "load_definitions = {}\n\
         listeners.ssl.default = 127.0.0.1:{port}\n\
         ssl_options.cacertfile = {}\n\
         ssl_options.certfile = {}\n\
         ssl_options.keyfile = {}\n\
         ssl_options.verify = verify_peer\n\
         ssl_options.fail_if_no_peer_cert = true\n",
        definitions.display(),
        authority.display(),
        server.certificate.display(),
        server.key.display(),
    )
}

fn definitions_of_users() -> String {
    let mut users = vec![user("guest", "guest")];
    let mut permissions = vec![permission("guest", [".*", ".*", ".*"])];
    for (name, rights) in USERS {
        users.push(user(name, PASSWORD));
        permissions.push(permission(name, rights));
    }
    let vhosts = [serde_json::json!({ "name": "/" })];
    serde_json::json!({ "users": users, "vhosts": vhosts, "permissions": permissions }).to_string()
}

fn user(name: &str, password: &str) -> serde_json::Value {
    serde_json::json!({ "name": name, "password": password, "tags": "" })
}

fn permission(user: &str, [configure, write, read]: [&str; 3]) -> serde_json::Value {
    serde_json::json!({ "user": user, "vhost": "/", "configure": configure, "write": write, "read": read })
}
