//! What became of the faults.

use std::fmt;

use crate::{STORES, fault::Fault};

/// Of so many faults of a store, all but one must be caught.
const ONE_IN: usize = 10;

/// What became of a fault.
#[derive(Debug)]
pub enum Verdict {
    /// These checks failed.
    Caught(Vec<String>),
    /// The checks did not come to an end.
    Hangs,
    /// All checks passed.
    Missed,
    /// What it changes is not there any more.
    DoesNotApply,
    DoesNotCompile,
}

impl Verdict {
    fn is_caught(&self) -> bool {
        matches!(self, Self::Caught(_) | Self::Hangs)
    }

    fn is_void(&self) -> bool {
        matches!(self, Self::DoesNotApply | Self::DoesNotCompile)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Caught(checks) => match &checks[..] {
                [] => formatter.write_str("caught: the tests broke off"),
                [first] => write!(formatter, "caught by `{first}`"),
                [first, rest @ ..] => write!(formatter, "caught by `{first}` and {} more", rest.len()),
            },
            Self::Hangs => formatter.write_str("caught: the tests do not end"),
            Self::Missed => formatter.write_str("MISSED"),
            Self::DoesNotApply => formatter.write_str("DOES NOT APPLY"),
            Self::DoesNotCompile => formatter.write_str("DOES NOT COMPILE"),
        }
    }
}

/// The faults that were tried, in their order; shown in Markdown.
#[derive(Debug, Default)]
pub struct Table {
    rows: Vec<Row>,
}

#[derive(Debug)]
struct Row {
    store: String,
    name: String,
    what: String,
    verdict: Verdict,
}

impl Table {
    pub fn add(&mut self, fault: &Fault, verdict: Verdict) {
        let Fault { store, name, what, edits: _ } = fault;
        self.rows.push(Row { store: store.clone(), name: name.clone(), what: what.clone(), verdict });
    }

    /// Whether nine in ten of each store are caught, and every fault could be tried.
    pub fn is_good_enough(&self) -> bool {
        let enough = |store: &&str| {
            let rows = self.of(store);
            rows.clone().filter(|row| !row.verdict.is_caught()).count() * ONE_IN <= rows.count()
        };
        STORES.iter().all(enough) && !self.rows.iter().any(|row| row.verdict.is_void())
    }

    fn of(&self, store: &str) -> impl Iterator<Item = &Row> + Clone {
        self.rows.iter().filter(move |row| row.store == store)
    }
}

impl fmt::Display for Table {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for store in STORES {
            let (all, caught) =
                (self.of(store).count(), self.of(store).filter(|row| row.verdict.is_caught()).count());
            if all == 0 {
                continue;
            }
            writeln!(formatter, "### {store}: {caught} of {all} are caught\n\n| fault | what it breaks | |")?;
            writeln!(formatter, "|---|---|---|")?;
            for Row { name, what, verdict, .. } in self.of(store) {
                writeln!(formatter, "| `{name}` | {what} | {verdict} |")?;
            }
            writeln!(formatter)?;
        }
        Ok(())
    }
}
