//! The project as it was at a commit.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use crate::{BoxError, compiler::scratch, folder, root};

/// A package that depends on the project at the commit, as this one depends on it today.
pub(crate) fn check_out(commit: &str) -> Result<PathBuf, BoxError> {
    let project = scratch("commits")?.join(commit);
    if !project.exists() {
        git(&["clone", "--quiet", "--no-checkout", "--shared", "."], Some(&project))?;
        git(&["-C", &project.to_string_lossy(), "checkout", "--quiet", commit], None)?;
    }
    let package = project.join("mistakes");
    fs::create_dir_all(package.join("src"))?;
    fs::write(package.join("src/lib.rs"), "")?;
    fs::write(package.join("Cargo.toml"), manifest()?)?;
    join(&project)?;
    Ok(package)
}

fn git(arguments: &[&str], target: Option<&Path>) -> Result<(), BoxError> {
    let status = Command::new("git").args(arguments).args(target).current_dir(root()).status()?;
    if status.success() { Ok(()) } else { Err(format!("git {} failed", arguments.join(" ")).into()) }
}

/// The manifest of this package, without what the workspace of the commit may not know.
fn manifest() -> Result<String, BoxError> {
    let manifest = fs::read_to_string(folder().join("Cargo.toml"))?;
    Ok(manifest.replace("\n[lints]\nworkspace = true\n", ""))
}

/// Makes the package a member of the workspace of the commit.
fn join(project: &Path) -> Result<(), BoxError> {
    let path = project.join("Cargo.toml");
    let manifest = fs::read_to_string(&path)?;
    if !manifest.contains("\"mistakes\"") {
        fs::write(path, manifest.replacen("members = [", "members = [\"mistakes\", ", 1))?;
    }
    Ok(())
}
