//! Counts the compiler's errors for each mistake, on this tree or at a commit.

use std::{env, process::ExitCode};

use cqrs_mistakes::{BoxError, Compiler, Corpus, Report, try_all};

fn main() -> Result<ExitCode, BoxError> {
    let words: Vec<String> = env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words.as_slice() {
        [] => count(&Compiler::of_this_tree()?),
        ["write"] => write(),
        ["show", words @ ..] => show(&Compiler::of_this_tree()?, words),
        [commit] => count(&Compiler::of_commit(commit)?),
        [commit, "show", words @ ..] => show(&Compiler::of_commit(commit)?, words),
        _ => Err("write `run [commit]`, `run [commit] show WORD`, or `run write`".into()),
    }
}

fn count(compiler: &Compiler) -> Result<ExitCode, BoxError> {
    let corpus = Corpus::read()?;
    let report = Report::of(&try_all(compiler, &corpus)?);
    print!("{report}");
    Ok(if report.is_sound() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn show(compiler: &Compiler, words: &[&str]) -> Result<ExitCode, BoxError> {
    let corpus = Corpus::read()?.containing(words);
    for outcome in try_all(compiler, &corpus)? {
        println!("== {}: {} ==\n{}", outcome.kind, outcome.mistake.name, outcome.rendered());
    }
    Ok(ExitCode::SUCCESS)
}

fn write() -> Result<ExitCode, BoxError> {
    let mut corpus = Corpus::read()?;
    let outcomes = try_all(&Compiler::of_this_tree()?, &corpus)?;
    print!("{}", Report::of(&outcomes));
    let said: Vec<_> = outcomes.into_iter().map(|outcome| outcome.said).collect();
    corpus.write(said)?;
    Ok(ExitCode::SUCCESS)
}
