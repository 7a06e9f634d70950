//! The conformance tests of a store, run against the copy.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use crate::{
    BoxError,
    scratch::{Planted, Scratch},
    table::Verdict,
};

/// How long a faulty store may at least take: it may be slow without being wrong.
const PATIENCE: Duration = Duration::from_mins(1);

/// How a run of the tests ended.
enum Run {
    Passed,
    Failed(Vec<String>),
    TooLong,
}

/// How long the tests take without a fault. They must pass.
pub fn sound(scratch: &Scratch, store: &str) -> Result<Duration, BoxError> {
    let tests = build(scratch, store)?.ok_or("the tree does not compile as it is")?;
    let started = Instant::now();
    match run(scratch, &tests, Duration::from_mins(10))? {
        Run::Passed => Ok(started.elapsed()),
        Run::Failed(names) => Err(format!("{store} fails as it is: {}", names.join(", ")).into()),
        Run::TooLong => Err(format!("the tests of {store} do not end").into()),
    }
}

/// What becomes of a fault.
pub fn of(planted: &Planted<'_>, store: &str, sound: Duration) -> Result<Verdict, BoxError> {
    let Some(tests) = build(planted.scratch, store)? else { return Ok(Verdict::DoesNotCompile) };
    Ok(match run(planted.scratch, &tests, PATIENCE.max(sound * 4))? {
        Run::Passed => Verdict::Missed,
        Run::Failed(names) => Verdict::Caught(names),
        Run::TooLong => Verdict::Hangs,
    })
}

/// The program of the tests; `None` if it does not compile.
fn build(scratch: &Scratch, store: &str) -> Result<Option<PathBuf>, BoxError> {
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.current_dir(&scratch.tree).env("CARGO_TARGET_DIR", &scratch.build);
    // Nobody steps through a fault, and what is linked with less is linked sooner.
    cargo.env("CARGO_PROFILE_DEV_DEBUG", "0");
    cargo.args(["test", "-p", "cqrs-faults", "--no-run", "--test", store, "--features", store]);
    let output = cargo.output()?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        eprintln!("{said}");
        return Ok(None);
    }
    let program = said.lines().filter(|line| line.contains("Executable")).find_map(between_brackets);
    Ok(Some(scratch.tree.join(program.ok_or("cargo did not say where the tests are")?)))
}

fn between_brackets(line: &str) -> Option<&str> {
    Some(line.rsplit_once('(')?.1.trim_end().trim_end_matches(')'))
}

/// How many tests run at a time: they wait for disks and servers more than they work.
const THREADS: &str = "6";

/// Runs the tests until one fails; those that take longer than `limit` are ended.
fn run(scratch: &Scratch, tests: &PathBuf, limit: Duration) -> Result<Run, BoxError> {
    let log = scratch.build.join("faults.log");
    let mut child = Command::new(tests)
        .current_dir(&scratch.tree)
        .env("RUST_TEST_THREADS", THREADS)
        .stdout(File::create(&log)?)
        .stderr(Stdio::null())
        .spawn()?;
    let started = Instant::now();
    let passed = loop {
        match child.try_wait()? {
            Some(status) => break Some(status.success()),
            None if started.elapsed() > limit || !failed_tests(&log)?.is_empty() => {
                child.kill()?;
                child.wait()?;
                break None;
            }
            None => thread::sleep(Duration::from_millis(200)),
        }
    };
    let failed = failed_tests(&log)?;
    Ok(match passed {
        Some(true) => Run::Passed,
        None if failed.is_empty() => Run::TooLong,
        Some(false) | None => Run::Failed(failed),
    })
}

fn failed_tests(log: &Path) -> io::Result<Vec<String>> {
    let said = fs::read(log)?;
    Ok(String::from_utf8_lossy(&said).lines().filter_map(failed_test).collect())
}

fn failed_test(line: &str) -> Option<String> {
    let name = line.strip_prefix("test ")?.strip_suffix("FAILED")?;
    Some(name.trim_end_matches([' ', '.']).to_owned())
}
