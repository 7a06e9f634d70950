//! What the macros write compiles in hostile surroundings: without imports, without a prelude, beside names that mean
//! something else.
#![allow(dead_code, reason = "it is compiled, and that is the test")]
#![allow(missing_docs, clippy::pedantic, reason = "the domains are a test's, in every form that compiles")]

mod names_in_use;
mod no_imports;
mod no_prelude;
mod private_types;
mod shadowed_prelude;
