//! One mistake after the other, as many at a time as there are cores.

use std::{
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
};

use crate::{BoxError, Compiler, Corpus, Mistake, Said};

/// What came of one mistake.
pub struct Outcome {
    /// Its kind.
    pub kind: String,
    /// The mistake.
    pub mistake: Mistake,
    /// What the compiler says.
    pub said: Vec<Said>,
}

impl Outcome {
    /// All that the compiler says, as a terminal shows it.
    pub fn rendered(&self) -> String {
        self.said.iter().map(|said| said.rendered.as_str()).collect()
    }
}

/// Makes every mistake. It is an error if a program is wrong without one, or a patch does not apply.
pub fn try_all(compiler: &Compiler, corpus: &Corpus) -> Result<Vec<Outcome>, BoxError> {
    let mut programs: Vec<(Option<(&str, &Mistake)>, String)> = Vec::new();
    for kind in corpus.kinds.iter().filter(|kind| !kind.mistakes.is_empty()) {
        if !programs.iter().any(|(mistake, program)| mistake.is_none() && *program == kind.program) {
            programs.push((None, kind.program.clone()));
        }
        for mistake in &kind.mistakes {
            programs.push((Some((&kind.name, mistake)), mistake.make_in(&kind.program)?));
        }
    }
    let said =
        compile_all(compiler, &programs.iter().map(|(_, program)| program.as_str()).collect::<Vec<_>>());
    let mut outcomes = Vec::new();
    for ((mistake, _), said) in programs.iter().zip(said) {
        match (mistake, said?) {
            (Some((kind, mistake)), said) => {
                outcomes.push(Outcome { kind: (*kind).to_owned(), mistake: (*mistake).clone(), said });
            }
            (None, said) if said.is_empty() => {}
            (None, said) => return Err(format!("a program is wrong without a mistake: {said:#?}").into()),
        }
    }
    Ok(outcomes)
}

fn compile_all(compiler: &Compiler, programs: &[&str]) -> Vec<Result<Vec<Said>, BoxError>> {
    let next = AtomicUsize::new(0);
    let results = Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(program) = programs.get(number) else { return };
                    let said = compiler.compile(program, number);
                    results.lock().unwrap().push((number, said));
                }
            });
        }
    });
    let mut results = results.into_inner().unwrap();
    results.sort_by_key(|(number, _)| *number);
    results.into_iter().map(|(_, said)| said).collect()
}
