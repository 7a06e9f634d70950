//! Plants faults in the house's own stores, one at a time, and tells which of them the conformance suite catches.
//!
//! A suite that is green says nothing about what it would have missed. This says it: `README.md` beside this package
//! explains how, and has the figures.

mod edit;
mod fault;
mod scratch;
mod table;
mod trial;

use std::{
    env,
    error::Error,
    path::{Path, PathBuf},
    process::ExitCode,
};

use fault::Fault;
use scratch::Scratch;
use table::{Table, Verdict};

/// The stores that have faults.
const STORES: [&str; 4] = ["memory", "sqlite", "postgres", "nats"];

/// An error of a tool: it is shown, and that is all.
type BoxError = Box<dyn Error>;

fn main() -> Result<ExitCode, BoxError> {
    let words: Vec<String> = env::args().skip(1).collect();
    let named = |store: &&str| words.iter().any(|word| word == store);
    let stores: Vec<_> = STORES.into_iter().filter(named).collect();
    let stores = if stores.is_empty() { STORES.to_vec() } else { stores };
    let parts: Vec<_> = words.iter().filter(|word| !STORES.contains(&word.as_str())).collect();
    let root = root();
    let scratch = Scratch::copy(&root)?;
    let mut table = Table::default();
    for store in stores {
        let mut faults = fault::of_store(&root, store)?;
        faults.retain(|fault| parts.is_empty() || parts.iter().any(|part| fault.name.contains(*part)));
        try_store(&scratch, store, &faults, &mut table)?;
    }
    print!("\n{table}");
    Ok(if table.is_good_enough() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The store as it is must pass; else what a fault is caught by would mean nothing.
fn try_store(scratch: &Scratch, store: &str, faults: &[Fault], table: &mut Table) -> Result<(), BoxError> {
    println!("{store}: {} faults", faults.len());
    let sound = trial::sound(scratch, store)?;
    for fault in faults {
        let verdict = match scratch.plant(fault)? {
            Some(planted) => trial::of(&planted, store, sound)?,
            None => Verdict::DoesNotApply,
        };
        println!("{store}/{}: {verdict}", fault.name);
        table.add(fault, verdict);
    }
    Ok(())
}

/// The folder of the workspace.
fn root() -> PathBuf {
    let package = Path::new(env!("CARGO_MANIFEST_DIR"));
    package.ancestors().nth(2).unwrap_or(package).to_owned()
}
