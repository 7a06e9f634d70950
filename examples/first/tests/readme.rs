//! The README shows this program, and what it prints.

use std::process::Command;

const README: &str = include_str!("../../../README.md");

#[test]
fn the_readme_shows_the_program() {
    assert!(README.contains(concat!("```rust,no_run\n", include_str!("../program.rs"), "```\n")));
}

#[test]
fn it_prints_what_the_readme_says_and_remembers_what_it_did() {
    let folder = tempfile::tempdir().unwrap();
    let run = || {
        let output = Command::new(env!("CARGO_BIN_EXE_first")).current_dir(folder.path()).output().unwrap();
        let text = [output.stdout, output.stderr].concat();
        String::from_utf8(text).unwrap()
    };
    let told = format!("$ cargo run -p first\n{}$ cargo run -p first\n{}", run(), run());
    assert!(README.contains(&told), "the README does not show this:\n{told}");
}
