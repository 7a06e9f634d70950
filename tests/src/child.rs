//! Child processes: a test binary runs itself again, told by its environment to be a child.

use std::{
    env,
    path::{Path, PathBuf},
    process::Stdio,
};

use tokio::process::{Child, Command};

const TEST: &str = "CQRS_TEST_CHILD";
const FILE: &str = "CQRS_TEST_FILE";
const NUMBER: &str = "CQRS_TEST_NUMBER";

/// What a child is told.
#[derive(Debug, Clone)]
pub struct Orders {
    pub file: PathBuf,
    pub number: u64,
}

/// What this process is told, if it is a child for the test of this name.
pub fn orders(test: &str) -> Option<Orders> {
    if env::var(TEST).ok()? != test {
        return None;
    }
    let number = env::var(NUMBER).ok()?.parse().ok()?;
    Some(Orders { file: env::var_os(FILE)?.into(), number })
}

/// Starts this binary again, to run the named test only, as a child. Its input and output are the caller's; it is
/// killed when it is dropped.
pub fn start(test: &str, file: &Path, number: u64) -> Child {
    start_with(test, file, number, [])
}

/// The same, with more in its environment.
pub fn start_with<const N: usize>(
    test: &str,
    file: &Path,
    number: u64,
    environment: [(&str, PathBuf); N],
) -> Child {
    Command::new(env::current_exe().expect("the test's own binary"))
        .args(["--exact", test, "--nocapture", "--quiet"])
        .env(TEST, test)
        .env(FILE, file)
        .env(NUMBER, number.to_string())
        .envs(environment)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("the child starts")
}
