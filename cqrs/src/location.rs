//! Where in the user's source something was declared.

use std::fmt;

/// The file and line of a declaration, so that a mistake found at start points to the source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Location {
    /// The path, as the compiler was given it.
    pub file: &'static str,
    /// The line, from 1.
    pub line: u32,
}

impl Location {
    /// Returns the place `file:line`; usually written `Location::new(file!(), line!())`.
    pub const fn new(file: &'static str, line: u32) -> Self {
        Self { file, line }
    }

    /// Returns the place where this is called.
    #[track_caller]
    pub const fn here() -> Self {
        let caller = std::panic::Location::caller();
        Self { file: caller.file(), line: caller.line() }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}", self.file, self.line)
    }
}
