//! What the macros write for the bank's domain, and for a process manager, kept in `bank.rs.golden` and `registration.rs.golden`
//! beside this file, to be read in reviews.
//!
//! After a change of the macros or of one of the two: `EXPANSION=overwrite cargo test -p cqrs-tests --test expansion`, then
//! read the difference as somebody who sees the framework for the first time.

mod written;

use std::{env, fs, path::Path, process::Command};

use written::written_by_the_macros;

/// At most this many lines of the expansion for each handler method of the account.
const LINES_PER_METHOD: usize = 25;

/// The same for a process manager, most of whose methods take an `Outbox<'_, Self>`, which is laid out over several lines.
const LINES_PER_METHOD_OF_A_PROCESS: usize = 50;

/// The library of a package with all macros expanded, as the compiler prints it. That is an unstable option, hence
/// `RUSTC_BOOTSTRAP`; in a target folder of its own, since that variable would have the other builds begin anew.
fn expanded(package: &str) -> String {
    let output = Command::new(env!("CARGO"))
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
        .args(["rustc", "--quiet", "--offline", "--package", package, "--lib", "--profile", "check"])
        .args(["--", "-Zunpretty=expanded"])
        .env("RUSTC_BOOTSTRAP", "1")
        .env("CARGO_TARGET_DIR", concat!(env!("CARGO_TARGET_TMPDIR"), "/expansion"))
        .env_remove("RUSTFLAGS")
        .env_remove("CARGO_ENCODED_RUSTFLAGS")
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("source is UTF-8")
}

/// One entry in a list of handlers for each event handler, one implementation for each command handler.
fn handler_methods(section: &str) -> usize {
    section.matches("EventHandlerInfo::of_kinds(").count() + section.matches("type Decision = ").count()
}

/// How many lines the blocks of a module's handlers became, and how many methods they have. What a type costs by
/// itself (an event, a command, a projection) is not counted: it does not grow with the methods.
fn lines_and_methods(golden: &str, module: &str) -> (usize, usize) {
    let sections = golden.split("\n// ").filter(|section| section.starts_with(module));
    let counted = sections.map(|section| (section.lines().skip(2).count(), handler_methods(section)));
    counted
        .filter(|(_, methods)| *methods > 0)
        .fold((0, 0), |sum, section| (sum.0 + section.0, sum.1 + section.1))
}

/// What the macros write for a package, if it is the reviewed one.
fn reviewed(package: &str) -> String {
    let written = written_by_the_macros(package, &expanded(package));
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/expansion");
    let path = folder.join(package).with_extension("rs.golden");
    if env::var("EXPANSION").is_ok_and(|wish| wish == "overwrite") {
        fs::write(&path, &written).unwrap();
    }
    let golden = fs::read_to_string(&path).unwrap();
    let difference = golden.lines().zip(written.lines()).enumerate().find(|(_, (old, new))| old != new);
    assert!(
        golden == written,
        "the macros write something else; the first line that differs: {difference:#?}"
    );
    golden
}

#[test]
fn the_expansion_of_the_bank_is_the_reviewed_one_and_short() {
    let (lines, methods) = lines_and_methods(&reviewed("bank"), "bank::account");
    assert_eq!(methods, 10, "five events and five commands of the account");
    assert!(lines <= methods * LINES_PER_METHOD, "{lines} lines for {methods} methods");
}

#[test]
fn the_expansion_of_a_process_manager_is_the_reviewed_one_and_short() {
    let (lines, methods) = lines_and_methods(&reviewed("registration"), "registration::process");
    assert_eq!(methods, 7, "four events, two timers and a refusal");
    assert!(lines <= methods * LINES_PER_METHOD_OF_A_PROCESS, "{lines} lines for {methods} methods");
}
