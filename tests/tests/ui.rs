//! What does not compile, and what the compiler says about it.
//!
//! One case alone: `cargo test -p cqrs-tests --test ui -- trybuild=same_event_twice`. After a change of a message,
//! `TRYBUILD=overwrite` writes the new ones; read them as somebody who sees the framework for the first time.

use std::{fs, path::Path};

#[test]
fn mistakes_are_explained() {
    // Without a case that is to pass, everything is checked and nothing built.
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
    if cfg!(feature = "postgres") {
        cases.compile_fail("tests/ui_postgres/*/*.rs");
    }
}

/// Every text below `folder` in files that end in `extension`.
fn texts(folder: &Path, extension: &str) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => texts(&path, extension),
            Some(found) if found == extension => vec![fs::read_to_string(&path).unwrap()],
            _ => Vec::new(),
        })
        .collect()
}

/// The messages in `source`: the literals that read like a sentence in lower case.
fn messages(source: &str) -> Vec<String> {
    let code = source.split("#[cfg(test)]").next().unwrap_or_default().replace("\\\"", "\u{1}");
    let code: String = code.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let literals = code.split('"').skip(1).step_by(2).map(|literal| literal.replace('\u{1}', "\""));
    literals.filter(|literal| literal.contains(' ') && !literal.starts_with(char::is_uppercase)).collect()
}

/// The longest piece of a message without placeholders.
fn longest_piece(message: &str) -> String {
    let message = message.replace("{{", "\u{2}").replace("}}", "\u{3}");
    let longest = message.split(['{', '}']).step_by(2).max_by_key(|piece| piece.len()).unwrap_or_default();
    longest.replace('\u{2}', "{").replace('\u{3}', "}").trim().to_owned()
}

fn all_messages() -> Vec<String> {
    let sources = texts(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../cqrs-derive/src"), "rs");
    let messages: Vec<_> = sources.iter().flat_map(|source| messages(source)).collect();
    assert!(messages.len() > 50, "{} messages found", messages.len());
    messages
}

#[test]
fn every_message_of_the_macros_is_shown_by_a_case() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"));
    // The corpus of `tests/mistakes` has what is said of each of its mistakes, too.
    let kept = [("tests/ui", "stderr"), ("tests/ui_postgres", "stderr"), ("mistakes/kinds", "mistakes")];
    let shown = kept.map(|(cases, extension)| texts(&folder.join(cases), extension).concat()).concat();
    let mut messages = all_messages();
    messages.retain(|message| {
        let piece = longest_piece(message);
        piece.split_whitespace().count() > 2 && !shown.contains(&piece)
    });
    assert!(messages.is_empty(), "no case shows {messages:#?}");
}

#[test]
fn messages_are_one_sentence_without_a_full_stop() {
    let mut messages = all_messages();
    messages.retain(|message| message.trim().ends_with('.') && !message.ends_with(".."));
    assert!(messages.is_empty(), "a full stop ends {messages:#?}");
}
