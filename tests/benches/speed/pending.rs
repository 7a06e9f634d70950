//! What very many that wait cost an application, measured in children of this process, since the peak of a process only grows.

use std::{
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use cqrs::Application;

use crate::{domain, peak_memory::peak};

/// How many wait.
const PENDING: usize = 1_000_000;

/// The peak memory over that of an empty store, in MiB, and the time of a start, in seconds, of the child of this name.
pub fn measured(child: &str, enter: &impl AsyncFn(&Path, usize)) -> [f64; 2] {
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    let [empty, full] = [0, PENDING].map(|count| {
        let path = folder.path().join(format!("{count}.db"));
        domain::runtime().block_on(enter(&path, count));
        let program = Command::new(std::env::current_exe().unwrap());
        let output = { program }.args([child, path.to_str().unwrap()]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let numbers: Vec<f64> = text.split_whitespace().map(|number| number.parse().unwrap()).collect();
        [numbers[0], numbers[1]]
    });
    [full[0] - empty[0], full[1]]
}

/// In the child: starts, looks around for a while, and prints the peak in MiB and the seconds of the start.
pub fn child(open: impl Future<Output = Application>) {
    let seconds = domain::runtime().block_on(async {
        let started = Instant::now();
        let app = open.await;
        let seconds = started.elapsed().as_secs_f64();
        tokio::time::sleep(Duration::from_secs(2)).await;
        app.shutdown().await.unwrap();
        seconds
    });
    println!("{} {seconds}", peak() / 1024.0);
}
