//! PostgreSQL servers of a test's own, which it may kill.

use std::{
    path::PathBuf,
    process::{Command, Stdio},
};

use crate::{ports::free_ports, services::report_missing};

/// Where packages put the programs, besides the folders of `PATH`.
const PLACES: &str = "/usr/lib/postgresql";

/// What a small server needs, and no file outside its folder.
const SETTINGS: &str = "-c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c shared_buffers=32MB";

/// A cluster in a folder that goes with the test.
#[derive(Debug)]
pub struct PostgresServer {
    port: u16,
    folder: tempfile::TempDir,
    settings: String,
}

/// Whether there are programs to start servers with. If not, it says so, or panics if services are required.
pub fn can_start() -> bool {
    let found = programs().is_some();
    if !found {
        report_missing(&format!("no initdb was found in PATH or {PLACES}"));
    }
    found
}

/// The folder of the programs; the newest version, if there are several.
fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    let versions = std::fs::read_dir(PLACES).into_iter().flatten().flatten();
    let mut versions: Vec<_> = versions.map(|version| version.path().join("bin")).collect();
    versions.sort();
    folders.extend(versions.into_iter().rev());
    folders.into_iter().find(|folder| folder.join("initdb").is_file() && folder.join("pg_ctl").is_file())
}

impl PostgresServer {
    /// A server that runs, with further settings: `-c name=value`.
    pub async fn start_with(settings: &str) -> Self {
        let server = Self::prepare(settings).await;
        server.initialise(&["-A", "trust"]).await;
        server.start().await;
        server
    }

    /// A server that runs, speaks TLS with this certificate and its key, and wants this password of its user.
    pub async fn start_guarded(certificate: &[String; 2], password: &str) -> Self {
        let mut server = Self::prepare("").await;
        let password = server.give("password", password).await;
        server.initialise(&["-A", "scram-sha-256", "--pwfile", password.to_str().unwrap()]).await;
        let [certificate, key] = certificate;
        let (certificate, key) =
            (server.give("certificate", certificate).await, server.give("key", key).await);
        let (certificate, key) = (certificate.display(), key.display());
        server.settings = format!("-c ssl=on -c ssl_cert_file={certificate} -c ssl_key_file={key}");
        server.start().await;
        server
    }

    async fn prepare(settings: &str) -> Self {
        let [port] = free_ports();
        let folder = tempfile::tempdir().expect("a folder for a server");
        let server = Self { port, folder, settings: settings.to_owned() };
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg("postgres").arg(server.folder.path());
            run(chown).await;
        }
        server
    }

    async fn initialise(&self, access: &[&str]) {
        let mut initdb = self.program("initdb");
        initdb.args(["-U", "postgres", "-E", "UTF8", "--locale=C", "--no-sync"]).args(access);
        run(initdb).await;
    }

    /// A file in its folder that it alone may read.
    async fn give(&self, name: &str, text: &str) -> PathBuf {
        let file = self.folder.path().join(name);
        std::fs::write(&file, text).expect("a file for a server");
        let mut chmod = Command::new("chmod");
        chmod.arg("600").arg(&file);
        run(chmod).await;
        if is_root() {
            let mut chown = Command::new("chown");
            chown.arg("postgres").arg(&file);
            run(chown).await;
        }
        file
    }

    /// Starts it where it was, and waits until it answers.
    pub async fn start(&self) {
        let Self { port, settings, .. } = self;
        let settings = format!("{SETTINGS} -c port={port} {settings}");
        let mut start = self.program("pg_ctl");
        start
            .args(["-w", "-t", "60", "-o", &settings, "-l"])
            .arg(self.folder.path().join("log"))
            .arg("start");
        run(start).await;
    }

    /// Ends it as a crash does: nothing is written any more, and nobody is told why.
    pub async fn kill(&self) {
        run(self.killing()).await;
    }

    fn killing(&self) -> Command {
        let mut command = self.program("pg_ctl");
        command.args(["-w", "-m", "immediate", "stop"]);
        command
    }

    /// Where it is.
    pub fn address(&self) -> String {
        format!("postgres://postgres@{}/postgres", self.host())
    }

    /// Its host and port.
    pub fn host(&self) -> String {
        format!("127.0.0.1:{}", self.port)
    }

    /// A program for this cluster. PostgreSQL refuses to run as root.
    fn program(&self, name: &str) -> Command {
        let program = programs().expect("the programs are there").join(name);
        let mut command = if is_root() { Command::new("runuser") } else { Command::new(&program) };
        if is_root() {
            command.args(["-u", "postgres", "--"]).arg(&program);
        }
        command.current_dir("/").arg("-D").arg(self.folder.path().join("cluster"));
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        command
    }
}

impl Drop for PostgresServer {
    fn drop(&mut self) {
        // A test that failed may have left it stopped.
        if let Err(error) = self.killing().status() {
            eprintln!("a server stays on port {}: {error}", self.port);
        }
    }
}

/// Whether this process runs as root: its own folder of the system tells.
fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    std::fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0)
}

async fn run(mut command: Command) {
    let said = format!("{command:?}");
    let running = tokio::task::spawn_blocking(move || command.status());
    let status = running.await.expect("waiting goes well").expect("the program starts");
    assert!(status.success(), "{said}: {status}");
}
