//! The SQLite store: the conformance suite, and what only a file can do.

mod damage;
mod fullness;
mod hostile;
mod immutability;
mod killing;
mod migrating;
mod model;
mod opening;
mod place;
mod processes;
mod sharing;

cqrs::store_conformance_tests!(place::File::new());
