//! The same work on cqrs-es with postgres-es. Its sqlx and ours want different libraries of SQLite, so it is a
//! package outside the workspace, with a lock file of its own, built and run from here.

use std::{path::PathBuf, process::Command};

use super::place::ADDRESS;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/peers/postgres-es");

/// The program of the peer.
pub struct Peer {
    program: PathBuf,
}

impl Peer {
    pub fn build() -> Self {
        let target = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("postgres-es");
        let built = Command::new(env!("CARGO"))
            .args(["build", "--release", "--locked", "--manifest-path"])
            .arg(format!("{FOLDER}/Cargo.toml"))
            .arg("--target-dir")
            .arg(&target)
            .status();
        assert!(built.unwrap().success(), "the peer was not built");
        Self { program: target.join("release/postgres-es-peer") }
    }

    /// Credits from so many tasks to 64 accounts, in so many rounds; commands a second.
    pub fn run(&self, tasks: usize, rounds: usize) -> f64 {
        let output = Command::new(&self.program)
            .args([ADDRESS.as_str(), &tasks.to_string(), &rounds.to_string()])
            .output()
            .unwrap();
        let (rate, errors) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert!(output.status.success(), "the peer failed: {errors}");
        rate.trim().parse().unwrap()
    }
}
