//! Makes the mistakes of a newcomer in small programs, one at a time, and counts what the compiler says of each.
//!
//! `README.md` beside this package explains how a mistake is written, and has the figures.

mod commit;
mod compiler;
mod corpus;
mod report;
mod said;
mod trial;

use std::{
    error::Error,
    path::{Path, PathBuf},
};

pub use compiler::Compiler;
pub use corpus::{Corpus, Kind, Mistake};
pub use report::Report;
pub use said::Said;
pub use trial::{Outcome, try_all};

/// An error of a tool: it is shown, and that is all.
pub type BoxError = Box<dyn Error + Send + Sync>;

/// The folder of this package.
pub fn folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The folder of the whole project.
pub(crate) fn root() -> PathBuf {
    folder().ancestors().nth(2).unwrap_or_else(|| folder()).to_owned()
}
