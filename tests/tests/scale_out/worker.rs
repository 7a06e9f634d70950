//! A worker: a process that handles commands from the bus until its input ends, or until it is killed.

use std::{collections::BTreeMap, io, path::Path};

use cqrs::bus::Stopped;
use cqrs_tests::{
    bank::Balances,
    child::{self, Orders},
};
use tokio::{
    io::{AsyncBufReadExt, BufReader, Lines},
    process::{Child, ChildStdout},
};

use super::place::Place;

const READY: &str = "ready";
const BALANCES: &str = "balances ";

/// What the child does. At its end it says what its read model in memory holds.
pub async fn work<P: Place>(orders: &Orders) {
    let site = P::join(&orders.file).await;
    let app = site.start().await;
    let listening =
        site.bus.listen().workers(8).dispatch_to(app.dispatcher()).await.expect("the bus is there");
    println!("{READY}");
    input_ends().await;
    assert_eq!(listening.stop().await.expect("it listened all the time"), Stopped::Drained);
    let head = app.store().head().await.expect("the store answers");
    app.wait_for_position::<Balances>(head).await.expect("the projection runs");
    let balances = serde_json::to_string(&app.projection::<Balances>().read().by_account);
    println!("{BALANCES}{}", balances.expect("balances are JSON"));
    app.shutdown().await.expect("it ends well");
}

async fn input_ends() {
    let reading = tokio::task::spawn_blocking(|| io::copy(&mut io::stdin().lock(), &mut io::sink()));
    reading.await.expect("reading goes on").expect("the parent closes it");
}

/// A worker as its parent sees it.
pub struct Worker {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Worker {
    pub async fn start(test: &str, address: &Path) -> Self {
        let mut process = child::start(test, address, 0);
        let output = process.stdout.take().expect("its output is piped");
        let mut worker = Self { process, lines: BufReader::new(output).lines() };
        worker.line_with(READY).await;
        worker
    }

    /// Ends it at once, wherever it is, by SIGKILL.
    pub async fn kill(mut self) {
        assert!(self.process.try_wait().expect("it is ours").is_none(), "a worker ended by itself");
        self.process.kill().await.expect("it is ours to kill");
    }

    /// Lets it end by itself; gives what its read model held.
    pub async fn stop(mut self) -> BTreeMap<String, i64> {
        drop(self.process.stdin.take());
        let balances = self.line_with(BALANCES).await;
        let status = self.process.wait().await.expect("it is ours");
        assert!(status.success(), "a worker did not end well: {status}");
        serde_json::from_str(&balances).expect("balances are JSON")
    }

    /// The rest of the next line with this text; the test harness may have begun the line.
    async fn line_with(&mut self, text: &str) -> String {
        while let Some(line) = self.lines.next_line().await.expect("its output is text") {
            if let Some((_, rest)) = line.split_once(text) {
                return rest.to_owned();
            }
        }
        panic!("a worker ended without saying `{text}`")
    }
}
