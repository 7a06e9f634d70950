//! How many errors there are for a mistake.

use std::fmt;

use crate::Outcome;

/// The figures.
pub struct Report {
    kinds: Vec<Figures>,
    all: Figures,
    worst: Vec<String>,
    /// Mistakes that compile.
    unnoticed: Vec<String>,
}

#[derive(Default)]
struct Figures {
    name: String,
    mistakes: usize,
    errors: usize,
    /// Mistakes with one error, two, three, and more.
    spread: [usize; 4],
    most: usize,
}

/// A mistake with more errors than this is one of the worst.
const FEW: usize = 2;

impl Report {
    /// The figures of these outcomes.
    pub fn of(outcomes: &[Outcome]) -> Self {
        let mut kinds: Vec<Figures> = Vec::new();
        let mut all = Figures { name: "all".to_owned(), ..Figures::default() };
        for outcome in outcomes {
            if kinds.last().is_none_or(|kind| kind.name != outcome.kind) {
                kinds.push(Figures { name: outcome.kind.clone(), ..Figures::default() });
            }
            let count = outcome.said.len();
            all.add(count);
            kinds.iter_mut().rev().take(1).for_each(|kind| kind.add(count));
        }
        let named = |outcome: &Outcome| {
            format!("{} · {}: {}", outcome.said.len(), outcome.kind, outcome.mistake.name)
        };
        let mut worst: Vec<_> = outcomes.iter().filter(|outcome| outcome.said.len() > FEW).collect();
        worst.sort_by_key(|outcome| std::cmp::Reverse(outcome.said.len()));
        let unnoticed = outcomes.iter().filter(|outcome| outcome.said.is_empty());
        Self {
            kinds,
            all,
            worst: worst.into_iter().map(named).collect(),
            unnoticed: unnoticed.map(named).collect(),
        }
    }

    /// Whether every mistake is found.
    pub fn is_sound(&self) -> bool {
        self.unnoticed.is_empty()
    }

    /// Whether there are at most `hundredths` of an error for a mistake, and never more than `most`.
    pub fn is_at_most(&self, hundredths: usize, most: usize) -> bool {
        self.all.errors * 100 <= self.all.mistakes * hundredths && self.all.most <= most
    }
}

impl Figures {
    fn add(&mut self, errors: usize) {
        self.mistakes += 1;
        self.errors += errors;
        self.most = self.most.max(errors);
        if let Some(place) = errors.checked_sub(1) {
            self.spread[place.min(3)] += 1;
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(formatter, "| kind | mistakes | errors | average | one | two | three | more | most |")?;
        writeln!(formatter, "|---|---|---|---|---|---|---|---|---|")?;
        for figures in self.kinds.iter().chain([&self.all]) {
            writeln!(formatter, "{figures}")?;
        }
        for line in &self.worst {
            writeln!(formatter, "{line}")?;
        }
        for line in &self.unnoticed {
            writeln!(formatter, "COMPILES: {line}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { name, mistakes, errors, spread: [one, two, three, more], most } = self;
        let hundredths = (errors * 100 + mistakes / 2) / (*mistakes).max(1);
        let (whole, part) = (hundredths / 100, hundredths % 100);
        write!(
            formatter,
            "| {name} | {mistakes} | {errors} | {whole}.{part:02} | {one} | {two} | {three} | {more} | {most} |"
        )
    }
}
