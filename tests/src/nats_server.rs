//! NATS servers of a test's own, which it may kill.

use std::{
    path::PathBuf,
    process::{Child, Command, Stdio},
    time::Duration,
};

use async_nats::ConnectOptions;

use crate::{
    ports::free_ports,
    services::{Service, report_missing},
};

/// How long a server may take to start.
const PATIENCE: Duration = Duration::from_secs(30);

/// A server with JetStream, its files in a folder that goes with the test.
pub struct NatsServer {
    port: u16,
    folder: tempfile::TempDir,
    arguments: Vec<String>,
    jetstream: bool,
    /// What lets the tests' own client in.
    client: ConnectOptions,
    process: Option<Child>,
}

/// Whether there is a program to start servers with. If not, it says so, or panics if services are required.
pub fn can_start() -> bool {
    let found = program();
    if found.is_none() {
        report_missing("no nats-server was found in PATH or /usr/sbin");
    }
    found.is_some() && Service::Nats.answers()
}

fn program() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.push("/usr/sbin".into());
    folders.into_iter().map(|folder| folder.join("nats-server")).find(|program| program.is_file())
}

impl NatsServer {
    /// A server alone.
    pub async fn start() -> Self {
        let [port] = free_ports();
        Self::start_with(port, Vec::new()).await
    }

    /// A server on this port with further arguments.
    pub async fn start_with(port: u16, arguments: Vec<String>) -> Self {
        let mut server = Self::stopped(port, arguments);
        server.start_again().await;
        server
    }

    /// A server with this configuration, which lets a client with these options in.
    pub async fn start_configured(configuration: &str, client: ConnectOptions) -> Self {
        let [port] = free_ports();
        let mut server = Self::stopped(port, Vec::new());
        server.client = client;
        server.configure(configuration);
        server.start_again().await;
        server
    }

    /// The next start is with this configuration.
    pub fn configure(&mut self, configuration: &str) {
        let file = self.folder.path().join("server.conf");
        std::fs::write(&file, configuration).expect("a server's configuration");
        self.arguments = vec!["-c".to_owned(), file.to_str().expect("a folder's name").to_owned()];
    }

    /// A server that is not started yet.
    pub fn stopped(port: u16, arguments: Vec<String>) -> Self {
        let folder = tempfile::tempdir().expect("a folder for a server");
        let client = ConnectOptions::new();
        Self { port, folder, arguments, jetstream: true, client, process: None }
    }

    /// Starts the process, and does not wait until it answers.
    pub fn launch(&mut self) {
        let child = Command::new(program().expect("a nats-server"))
            .args(["-a", "127.0.0.1", "-p", &self.port.to_string(), "-sd"])
            .arg(self.folder.path())
            .args(self.jetstream.then_some("-js"))
            .args(&self.arguments)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        self.process = Some(child.expect("the server starts"));
    }

    /// The next start is on this port, with the same files.
    pub fn move_to(&mut self, port: u16) {
        self.port = port;
    }

    /// Starts the server where it was, and waits until it answers.
    pub async fn start_again(&mut self) {
        self.launch();
        let answering = async {
            while !self.answers().await {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::time::timeout(PATIENCE, answering).await.expect("the server answers in time");
    }

    /// The next starts are with JetStream, or without.
    pub fn jetstream(&mut self, is_on: bool) {
        self.jetstream = is_on;
    }

    async fn answers(&self) -> bool {
        let Ok(client) = self.client.clone().connect(self.address()).await else { return false };
        !self.jetstream || client.request("$JS.API.INFO", "".into()).await.is_ok()
    }

    pub fn address(&self) -> String {
        format!("nats://{}", self.host())
    }

    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// Ends the process at once, as a crash does.
    pub fn kill(&mut self) {
        if let Some(mut process) = self.process.take() {
            process.kill().expect("the server is ours to kill");
            process.wait().expect("the server has ended");
        }
    }
}

impl Drop for NatsServer {
    fn drop(&mut self) {
        self.kill();
    }
}
