//! A copy of the tree, in which a fault is planted and taken out again.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use crate::{BoxError, fault::Fault};

/// What is not copied.
const LEFT_OUT: [&str; 3] = ["target", ".git", "planted"];

/// The copy, and where it is built. Both stay, so that the next run has less to build.
#[derive(Debug)]
pub struct Scratch {
    pub tree: PathBuf,
    pub build: PathBuf,
}

/// The copy with a fault in it, until this is dropped.
#[derive(Debug)]
pub struct Planted<'a> {
    pub scratch: &'a Scratch,
    sound: Vec<(PathBuf, String)>,
}

impl Scratch {
    pub fn copy(root: &Path) -> Result<Self, BoxError> {
        let target = root.join("target/faults");
        let scratch = Self { tree: target.join("tree"), build: target.join("build") };
        copy(root, &scratch.tree)?;
        Ok(scratch)
    }

    /// The copy with the fault; `None` if it cannot be planted, because what it changes is not there.
    pub fn plant(&self, fault: &Fault) -> Result<Option<Planted<'_>>, BoxError> {
        let Some(files) = fault.planted_in(&self.tree) else { return Ok(None) };
        let mut planted = Planted { scratch: self, sound: Vec::new() };
        for (path, text) in files {
            planted.sound.push((path.clone(), fs::read_to_string(&path)?));
            fs::write(path, text)?;
        }
        Ok(Some(planted))
    }
}

impl Drop for Planted<'_> {
    fn drop(&mut self) {
        for (path, text) in &self.sound {
            if let Err(error) = fs::write(path, text) {
                eprintln!("{} keeps its fault: {error}", path.display());
            }
        }
    }
}

/// Copies what differs, so that what is the same need not be built again, and removes what is no longer there.
fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(to)? {
        let entry = entry?;
        if !from.join(entry.file_name()).exists() {
            let path = entry.path();
            if path.is_dir() { fs::remove_dir_all(path)? } else { fs::remove_file(path)? }
        }
    }
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let (source, copied) = (entry.path(), to.join(entry.file_name()));
        if LEFT_OUT.iter().any(|name| entry.file_name() == *name) {
            continue;
        }
        if source.is_dir() {
            copy(&source, &copied)?;
        } else if fs::read(&source)? != fs::read(&copied).unwrap_or_default() {
            fs::copy(&source, &copied)?;
        }
    }
    Ok(())
}
