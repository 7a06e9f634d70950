//! Stores that release 0.1.0 wrote: they open, and go on, in every later release.
//!
//! `tests/fixtures/0.1.0/README.md` says what is in them. The domain is the one that wrote them; only the handler that
//! failed then is mended.

#![allow(missing_docs, reason = "the tests are the documentation")]

mod domain;
mod expectations;
#[cfg(feature = "postgres")]
mod postgres;
mod sqlite;
