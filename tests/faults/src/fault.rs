//! A fault, as its file says it: what it breaks, and the changes that make it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use crate::{BoxError, edit::Edit};

/// A fault of one store.
#[derive(Debug)]
pub struct Fault {
    pub store: String,
    pub name: String,
    /// What it breaks, in a sentence.
    pub what: String,
    pub edits: Vec<Edit>,
}

impl Fault {
    /// The files of a tree with the fault in them; `None` if what it changes is not there, or not once.
    pub fn planted_in(&self, tree: &Path) -> Option<BTreeMap<PathBuf, String>> {
        let mut files = BTreeMap::new();
        for edit in &self.edits {
            let path = tree.join(&edit.file);
            let text = files.remove(&path).map_or_else(|| fs::read_to_string(&path).ok(), Some)?;
            files.insert(path, edit.apply(&text)?);
        }
        Some(files)
    }
}

/// All faults of a store, by name.
pub fn of_store(root: &Path, store: &str) -> Result<Vec<Fault>, BoxError> {
    let mut faults = Vec::new();
    for entry in fs::read_dir(root.join("tests/faults/planted").join(store))? {
        let path = entry?.path();
        let name = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let fault = parse(store, &name, &fs::read_to_string(&path)?);
        faults.push(fault.ok_or_else(|| format!("{} is no fault", path.display()))?);
    }
    faults.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(faults)
}

/// A sentence; then, for each change, a line `--- file`, the old text, a line `+++`, the new text.
fn parse(store: &str, name: &str, text: &str) -> Option<Fault> {
    let (what, edits) = text.split_once("\n--- ")?;
    let edits: Option<Vec<_>> = edits.split("\n--- ").map(parse_edit).collect();
    Some(Fault { store: store.into(), name: name.into(), what: what.trim().into(), edits: edits? })
}

fn parse_edit(text: &str) -> Option<Edit> {
    let (file, text) = text.split_once('\n')?;
    let (old, new) = text.split_once("\n+++")?;
    Some(Edit { file: file.trim().into(), old: old.into(), new: new.trim().into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{STORES, root};

    /// The list may only grow, and it follows the code: what can no longer be planted is to be found when the code changes,
    /// and not before a release.
    #[test]
    fn every_fault_can_be_planted_and_none_is_gone() {
        for store in STORES {
            let faults = of_store(&root(), store).unwrap();
            assert!(faults.len() >= 33, "{store} has {} faults", faults.len());
            for fault in faults {
                assert!(fault.planted_in(&root()).is_some(), "{store}/{} cannot be planted", fault.name);
            }
        }
    }

    #[test]
    fn a_file_is_a_sentence_and_its_changes() {
        let text = "It is wrong.\n--- a.rs\none\n+++\ntwo\nlines\n--- b.rs\nthree\n+++\n";
        let fault = parse("memory", "wrong", text).unwrap();
        assert_eq!(fault.what, "It is wrong.");
        let edits: Vec<_> = fault.edits.iter().map(|edit| [&*edit.file, &*edit.old, &*edit.new]).collect();
        assert_eq!(edits, [["a.rs", "one", "two\nlines"], ["b.rs", "three", ""]]);
    }
}
