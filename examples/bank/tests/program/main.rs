//! The program, run as a person runs it.

mod bad_rows;
mod import;
mod killed;
mod real_file;
mod report;
mod scenario;
mod support;
