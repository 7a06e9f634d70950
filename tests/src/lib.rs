//! What the tests share: a small bank, written as a user would, and ways to run it.

#![allow(missing_docs, reason = "the tests are the documentation")]
#![allow(clippy::missing_panics_doc, reason = "tools of tests panic when the test fails")]

pub mod audit;
pub mod bank;
pub mod child;
pub mod faulty;
pub mod nats;
pub mod nats_server;
pub mod postgres;
pub mod postgres_server;
pub mod proxy;
pub mod rabbitmq;
pub mod rabbitmq_server;
pub mod services;

/// The README's programs, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
