//! What the program does while a store or a broker is away.

use std::{
    net::TcpListener,
    process::Child,
    thread,
    time::{Duration, Instant},
};

use crate::support::{Run, program};

/// How long a process may take to hear that it is to stop, on a slow machine; less than it waits for any server.
const AT_ONCE: Duration = Duration::from_secs(5);

/// A port that takes connections and says nothing.
fn silent() -> (TcpListener, u16) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (listener, port)
}

fn terminate(process: &Child) {
    let sent = std::process::Command::new("kill").arg(process.id().to_string()).status();
    assert!(sent.unwrap().success());
}

/// Starts a worker that meets a server which says nothing, and tells it to stop once it is there.
fn stop_while_it_waits(arguments: &[&str], server: &TcpListener) {
    let worker = program(arguments).spawn().unwrap();
    let _connection = server.accept().unwrap();
    terminate(&worker);
    let told = Instant::now();
    let run: Run = worker.wait_with_output().unwrap().into();
    assert!(told.elapsed() < AT_ONCE, "it stopped after {:?}", told.elapsed());
    assert_eq!((run.status, run.out.as_str()), (Some(0), "stopped\n"), "{run:#?}");
}

#[cfg(feature = "rabbitmq")]
#[test]
fn a_worker_that_waits_for_its_broker_stops_when_it_is_told_to() {
    let (server, port) = silent();
    let bus = format!("amqp://127.0.0.1:{port}");
    let db = crate::support::Place::new().db();
    stop_while_it_waits(&["worker", "--db", db.to_str().unwrap(), "--bus", &bus], &server);
}

#[cfg(feature = "nats")]
#[test]
fn a_worker_that_waits_for_its_store_stops_when_it_is_told_to() {
    let (server, port) = silent();
    let place = format!("nats://127.0.0.1:{port}/bank");
    stop_while_it_waits(&["worker", "--store", &place, "--bus", &place], &server);
}

#[cfg(feature = "nats")]
mod on_nats {
    use std::{
        path::{Path, PathBuf},
        process::{Command, Stdio},
    };

    use super::*;
    use crate::support::{Place, made_up, run};

    /// A server of the test's own, to be killed.
    struct Server {
        port: u16,
        files: PathBuf,
        process: Option<Child>,
    }

    impl Server {
        fn start(files: &Path) -> Option<Self> {
            let (_, port) = silent();
            let mut server = Self { port, files: files.to_owned(), process: None };
            let paths = std::env::var("PATH").unwrap_or_default() + ":/usr/sbin";
            let is_there = paths.split(':').any(|folder| Path::new(folder).join("nats-server").is_file());
            is_there.then(|| {
                server.up();
                server
            })
        }

        fn up(&mut self) {
            let mut command = Command::new("nats-server");
            command.env("PATH", std::env::var("PATH").unwrap_or_default() + ":/usr/sbin");
            command.args(["-js", "-a", "127.0.0.1", "-p", &self.port.to_string(), "-sd"]).arg(&self.files);
            let quiet = command.stdout(Stdio::null()).stderr(Stdio::null());
            self.process = Some(quiet.spawn().unwrap());
            while std::net::TcpStream::connect(("127.0.0.1", self.port)).is_err() {
                thread::sleep(Duration::from_millis(20));
            }
        }

        fn kill(&mut self) {
            if let Some(mut process) = self.process.take() {
                process.kill().unwrap();
                process.wait().unwrap();
            }
        }
    }

    impl Drop for Server {
        fn drop(&mut self) {
            self.kill();
        }
    }

    /// The server is the store and the broker; the import is at every stage of its work when it goes.
    #[test]
    fn an_import_over_a_bus_rides_out_a_server_that_is_killed_again_and_again() {
        let place = Place::new();
        let Some(mut server) = Server::start(&place.path("streams")) else {
            return println!("no nats-server was found");
        };
        let file = place.file("made-up.csv", made_up(4_000, 40));
        let bank = format!("nats://127.0.0.1:{}/bank", server.port);
        let both = ["--store", bank.as_str(), "--bus", bank.as_str()];
        let worker = program([&["worker"], both.as_slice()].concat()).stderr(Stdio::null()).spawn().unwrap();
        let file = file.to_str().unwrap();
        let mut import = program([&["import", file, "--via-bus"], both.as_slice()].concat()).spawn().unwrap();
        let mut kills = 0;
        for lasts in [1, 4, 8] {
            thread::sleep(Duration::from_millis(1_500));
            kills += u32::from(import.try_wait().unwrap().is_none());
            server.kill();
            thread::sleep(Duration::from_secs(lasts));
            server.up();
        }
        let import: Run = import.wait_with_output().unwrap().into();
        let import = import.failed(0).says("4000 rows sent and handled").says("0 bad or refused rows");
        assert!(kills > 0, "it was over before the server went: {import:#?}");
        let report = run(["report", "--store", &bank, "--check", file]);
        report.failed(0).says("40 accounts, 4000 bookings").says("40 of 40 accounts agree");
        terminate(&worker);
        assert_eq!(
            Run::from(worker.wait_with_output().unwrap()).failed(0).out.lines().last(),
            Some("stopped")
        );
    }
}
