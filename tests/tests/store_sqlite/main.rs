//! The SQLite store: the conformance suite, and what only a file can do.

mod model;
mod place;

cqrs::store_conformance_tests!(place::File::new());
