//! PostgreSQL fails, in every way a server and the way to it can: killed and started again, connections cut, ended or
//! left without an answer.
//!
//! The server is the test's own, so that it may be killed.
#![allow(missing_docs, reason = "the domain is a test's")]

#[path = "../balances_table/mod.rs"]
mod balances_table;
mod bus;
mod cut;
mod idle;
mod killed;
mod listening;
mod load;
mod names;
mod positions;
mod refusing;
mod requests;
mod shortage;
mod terminated;
mod world;
