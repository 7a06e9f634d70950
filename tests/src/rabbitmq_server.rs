//! A RabbitMQ node of a test's own, to be stopped and started.

use std::{
    path::{Path, PathBuf},
    process::Stdio,
    time::Duration,
};

use lapin::{Connection, ConnectionProperties};
use tokio::process::{Child, Command};

use crate::{ports::free_ports, services::report_missing};

/// Where packages put the server's own script, which needs no rights and no service of the system.
const PLACES: [&str; 2] = ["/usr/lib/rabbitmq/bin/rabbitmq-server", "/opt/rabbitmq/sbin/rabbitmq-server"];

/// A machine that has much else to do starts it slowly.
const PATIENCE: Duration = Duration::from_mins(2);

/// A RabbitMQ node in a temporary folder, which is stopped when it is dropped.
#[derive(Debug)]
pub struct RabbitMqServer {
    script: PathBuf,
    folder: tempfile::TempDir,
    ports: [u16; 3],
    config: String,
    server: Option<Child>,
}

impl RabbitMqServer {
    /// A node that runs; `None`, and a word about it, where RabbitMQ is not installed.
    ///
    /// # Panics
    /// If it is not installed, and services are required.
    pub async fn start() -> Option<Self> {
        Self::start_with(|_, _| String::new()).await
    }

    /// The same with lines of its configuration, which may name files in its folder, and a port for TLS.
    ///
    /// # Panics
    /// If it is not installed, and services are required.
    pub async fn start_with(config: impl FnOnce(&Path, u16) -> String) -> Option<Self> {
        let Some(script) = PLACES.map(Path::new).into_iter().find(|place| place.exists()) else {
            report_missing(&format!("rabbitmq-server was found in none of {PLACES:?}"));
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let ports = free_ports();
        let config = config(folder.path(), ports[2]);
        let mut node = Self { script: script.to_owned(), folder, ports, config, server: None };
        node.up().await;
        Some(node)
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("amqp://guest:guest@{}", self.host())
    }

    /// Its host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.ports[0])
    }

    /// The same for TLS.
    pub fn tls_host(&self) -> String {
        format!("127.0.0.1:{}", self.ports[2])
    }

    /// Starts it, and waits until it answers. The script ends before the server does that it was told to stop, and one
    /// that finds its name in use gives up: then it is started again.
    pub async fn up(&mut self) {
        let answers = async {
            loop {
                let mut server = self.spawn();
                if self.answers(&mut server).await {
                    return server;
                }
            }
        };
        let server = tokio::time::timeout(PATIENCE, answers).await.expect("the node answers");
        self.server = Some(server);
    }

    /// Waits until it answers; `false` if it ends before.
    async fn answers(&self, server: &mut Child) -> bool {
        while Connection::connect(&self.address(), ConnectionProperties::default()).await.is_err() {
            if server.try_wait().expect("its end is seen").is_some() {
                return false;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        true
    }

    fn spawn(&self) -> Child {
        let folder = self.folder.path();
        let config = folder.join("rabbitmq.conf");
        let listener = format!("listeners.tcp.default = 127.0.0.1:{}\n", self.ports[0]);
        std::fs::write(&config, listener + &self.config).unwrap();
        let [_, distribution, _] = self.ports;
        let mut server = Command::new(&self.script);
        server
            .env("HOME", folder)
            .env("RABBITMQ_NODENAME", format!("cqrs-test-{distribution}@localhost"))
            .env("RABBITMQ_DIST_PORT", distribution.to_string())
            .env("RABBITMQ_CONFIG_FILE", &config)
            .env("RABBITMQ_CONF_ENV_FILE", folder.join("env.conf"))
            .env("RABBITMQ_ENABLED_PLUGINS_FILE", folder.join("plugins"))
            .env("RABBITMQ_MNESIA_BASE", folder.join("data"))
            .env("RABBITMQ_LOG_BASE", folder.join("log"))
            .env("RABBITMQ_PID_FILE", folder.join("pid"))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        server.spawn().expect("the script of the server runs")
    }

    /// Stops it in order, as an operator does.
    pub async fn down(&mut self) {
        let Some(mut server) = self.server.take() else { return };
        terminate(&server);
        let ended = tokio::time::timeout(PATIENCE, server.wait()).await;
        ended.expect("the node stops").expect("its end is seen");
    }
}

/// The script passes the signal on to the server it has started.
fn terminate(server: &Child) {
    let Some(id) = server.id() else { return };
    let status = std::process::Command::new("kill").args(["-TERM", &id.to_string()]).status();
    assert!(status.is_ok_and(|status| status.success()), "the node is told to stop");
}

impl Drop for RabbitMqServer {
    fn drop(&mut self) {
        if let Some(server) = &self.server {
            terminate(server);
        }
    }
}
