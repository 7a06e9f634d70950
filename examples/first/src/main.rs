//! `cargo run -p first`, and once more: the first program of the README.
//!
//! It is in a file of its own, which rustfmt leaves on as few lines as a reader can take in at once.
#![allow(missing_docs, reason = "the program is as it stands in the README")]

include!("../program.rs");
