//! The compiler, called on single programs: the project and what it depends on are built once.

use std::{
    collections::BTreeMap,
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

use crate::{BoxError, Said, commit, folder, root};

/// The crates that the programs name.
const NAMED: [&str; 5] = ["cqrs", "serde", "serde_json", "thiserror", "tokio"];

/// What the names of the programs' files begin with.
pub(crate) const PROGRAM: &str = "program_";

/// Compiles programs against one state of the project.
pub struct Compiler {
    /// Where a program may lie and find its crates.
    options: Vec<String>,
    scratch: PathBuf,
}

impl Compiler {
    /// Against this tree.
    pub fn of_this_tree() -> Result<Self, BoxError> {
        Self::of_package(folder(), "this-tree")
    }

    /// Against the project as it was at a commit.
    pub fn of_commit(commit: &str) -> Result<Self, BoxError> {
        Self::of_package(&commit::check_out(commit)?, commit)
    }

    fn of_package(package: &Path, name: &str) -> Result<Self, BoxError> {
        let scratch = scratch(&format!("programs/{name}"))?;
        Ok(Self { options: options(&built(package)?)?, scratch })
    }

    /// What is wrong with the program; `number` keeps those apart that are compiled at the same time.
    pub fn compile(&self, program: &str, number: usize) -> Result<Vec<Said>, BoxError> {
        let path = self.scratch.join(format!("{PROGRAM}{number}.rs"));
        fs::write(&path, program)?;
        let output = Command::new(env::var_os("RUSTC").unwrap_or_else(|| "rustc".into()))
            .args(["--edition=2024", "--emit=metadata", "--error-format=json", "-Awarnings"])
            .args(&self.options)
            .args([path.as_os_str(), "--out-dir".as_ref(), self.scratch.as_os_str()])
            .current_dir(root())
            .output()?;
        let said = Said::read(&String::from_utf8_lossy(&output.stderr), program);
        if output.status.success() != said.is_empty() {
            return Err(format!("the compiler failed: {}", String::from_utf8_lossy(&output.stderr)).into());
        }
        Ok(said)
    }
}

/// A folder below the one that `cargo` builds in.
pub(crate) fn scratch(name: &str) -> Result<PathBuf, BoxError> {
    let target = env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from);
    let folder = target.join("mistakes").join(name);
    fs::create_dir_all(&folder)?;
    Ok(folder)
}

/// Has the package's dependencies checked, and says where they are: file by crate.
fn built(package: &Path) -> Result<BTreeMap<String, PathBuf>, BoxError> {
    let output = Command::new(env!("CARGO"))
        .args(["check", "--lib", "--message-format=json", "--quiet"])
        .current_dir(package)
        .output()?;
    if !output.status.success() {
        return Err(format!("the project does not build: {}", String::from_utf8_lossy(&output.stderr)).into());
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let messages = text.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    Ok(messages.filter_map(|message| artifact(&message)).collect())
}

/// A crate that was checked and not built: what is built is for build scripts and macros.
fn artifact(message: &Value) -> Option<(String, PathBuf)> {
    let name = message["target"]["name"].as_str()?.replace('-', "_");
    match message["filenames"].as_array()?.as_slice() {
        [file] => {
            let file = PathBuf::from(file.as_str()?);
            (file.extension()? == "rmeta").then_some((name, file))
        }
        _ => None,
    }
}

fn options(built: &BTreeMap<String, PathBuf>) -> Result<Vec<String>, BoxError> {
    let mut options = Vec::new();
    for name in NAMED {
        let file = built.get(name).ok_or_else(|| format!("{name} was not built"))?;
        let folder = file.parent().unwrap_or(file);
        options.push(format!("--extern={name}={}", file.display()));
        options.push(format!("-Ldependency={}", folder.display()));
    }
    Ok(options)
}
