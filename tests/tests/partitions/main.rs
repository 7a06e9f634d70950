//! Projections in PostgreSQL that several processes share, partition by partition.
//!
//! Several applications of one process are to each other as several processes are; where it matters how a process ends,
//! or that it sleeps, they are real ones.
#![allow(missing_docs, reason = "the domain is a test's")]

mod checkpoints;
mod letters;
mod numbers;
mod processes;
mod sharing;
mod stopped;
mod told;
mod world;
