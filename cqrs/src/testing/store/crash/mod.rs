//! A process that is killed in the middle of its work, again and again, and what is there afterwards.
//!
//! The other checks run in one process; that an append which was acknowledged survives the end of the process, whole and
//! with its command, none of them can see. A kill takes from a store what it kept in its own memory; what the operating
//! system has is not lost, so it says nothing of a sync that is missing: for that somebody has to cut the power.
//!
//! ```no_run
//! use std::sync::Arc;
//! use cqrs::store::{Store, sqlite::SqliteStore};
//! use cqrs::testing::store::crash;
//!
//! # /*
//! #[test]
//! # */
//! fn what_was_acknowledged_survives_kills() {
//!     let folder = tempfile::tempdir().unwrap();
//!     let file = folder.path().join("store.db");
//!     crash::survives_kills("what_was_acknowledged_survives_kills", &file.to_string_lossy(), |address| {
//!         Box::pin(async { Arc::new(SqliteStore::open(address).unwrap()) as Arc<dyn Store> })
//!     });
//! }
//! ```

mod child;
mod verify;

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};

use crate::store::{BoxFuture, Store};

use verify::Ledger;

/// Tells a process that it is a child, and for which test.
const TEST: &str = "CQRS_CRASH_TEST";
/// Tells it where the store is.
const ADDRESS: &str = "CQRS_CRASH_ADDRESS";

/// How often a process is killed.
const KILLS: u64 = 12;

/// How long a process may take until its first append is acknowledged.
const PATIENCE: Duration = Duration::from_mins(1);

/// Starts this test binary again as a child that appends to the store, kills it at a random moment, and checks that what it
/// was told to be stored is there: every append whole, where it was said to be, with its command; and of no append a part.
/// That a dozen times on one store; each third child is killed while it opens the store after the kill before.
///
/// `test` is the name of the test that calls this, as its harness knows it (`module::name`): the child runs nothing else.
/// `address` says where the store is, and `open` opens it there, in this process and in the children.
///
/// # Panics
/// If something that was acknowledged is missing, or something is there in part; or if children cannot be started.
pub fn survives_kills(
    test: &str,
    address: &str,
    open: impl Fn(String) -> BoxFuture<'static, Arc<dyn Store>>,
) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(4).enable_all().build();
    let runtime = runtime.expect("the runtime should start");
    if std::env::var(TEST).is_ok_and(|name| name == test) {
        let address = std::env::var(ADDRESS).expect("a child should be told where the store is");
        runtime.block_on(async { child::append_for_ever(open(address).await).await });
    }
    let mut ledger = Ledger::default();
    for kill in 0..KILLS {
        for line in run_and_kill(test, address, kill % 3 == 2) {
            ledger.hear(&line);
        }
        runtime.block_on(async {
            let store = open(address.to_owned()).await;
            ledger.verify(&*store).await;
            store.close().await.expect("an open store should close");
        });
    }
    assert!(ledger.acknowledged() > 0, "no append was acknowledged before a kill");
}

/// Runs a child, kills it after a random while, and gives the lines it has said.
fn run_and_kill(test: &str, address: &str, at_start: bool) -> Vec<String> {
    let mut child = start(test, address);
    let lines = listen(child.stdout.take().expect("the child has an output"));
    let mut said: Vec<String> = Vec::new();
    while !at_start && !said.last().is_some_and(|line| verify::is_acknowledgement(line)) {
        let line = lines.recv_timeout(PATIENCE);
        said.push(line.unwrap_or_else(|_| panic!("the child appended nothing, and said {said:?}")));
    }
    thread::sleep(Duration::from_micros(fastrand::u64(..if at_start { 60_000 } else { 120_000 })));
    child.kill().expect("the child can be killed");
    child.wait().expect("the child ends");
    said.extend(lines);
    said
}

fn start(test: &str, address: &str) -> Child {
    Command::new(std::env::current_exe().expect("the test's own binary"))
        .args(["--exact", test, "--nocapture", "--quiet"])
        .env(TEST, test)
        .env(ADDRESS, address)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("a child starts")
}

/// The whole lines of an output; the last, which the kill has cut off, is left out.
fn listen(output: ChildStdout) -> Receiver<String> {
    let (sender, lines) = mpsc::channel();
    thread::spawn(move || {
        let mut output = BufReader::new(output);
        let mut line = String::new();
        while output.read_line(&mut line).is_ok_and(|read| read > 0) && line.ends_with('\n') {
            // Nobody listens any more only if the test has failed.
            let _ = sender.send(line.trim_end().to_owned());
            line.clear();
        }
    });
    lines
}
