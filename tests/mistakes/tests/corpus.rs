//! What the compiler says of every mistake is written beside it, and is little.

use std::sync::OnceLock;

use cqrs_mistakes::{Compiler, Corpus, Outcome, Report, Said, try_all};

fn outcomes() -> &'static [Outcome] {
    static OUTCOMES: OnceLock<Vec<Outcome>> = OnceLock::new();
    OUTCOMES.get_or_init(|| try_all(&Compiler::of_this_tree().unwrap(), &Corpus::read().unwrap()).unwrap())
}

/// After a change of a message, `tests/mistakes/run write` writes the new ones; read them as somebody who sees the framework
/// for the first time.
#[test]
fn what_is_said_of_each_mistake_is_what_was_written_down() {
    let said = |outcome: &Outcome| outcome.said.iter().map(Said::line).collect::<Vec<_>>();
    let others: Vec<_> = outcomes().iter().filter(|outcome| said(outcome) != outcome.mistake.said).collect();
    for outcome in &others {
        println!("{}: {}\n{:#?}", outcome.kind, outcome.mistake.name, said(outcome));
    }
    assert!(others.is_empty(), "{} mistakes with other messages", others.len());
}

/// `README.md` has the aim, which is lower, and says what is in the way.
#[test]
fn no_mistake_has_more_messages_than_before() {
    let report = Report::of(outcomes());
    assert!(report.is_sound(), "{report}");
    assert!(report.is_at_most(150, 23), "{report}");
}
