//! What the tests share: a small bank, written as a user would, and ways to run it.

#![allow(missing_docs, reason = "the tests are the documentation")]
#![allow(clippy::missing_panics_doc, reason = "tools of tests panic when the test fails")]

pub mod audit;
pub mod bank;
pub mod carrying;
#[cfg(any(feature = "nats", feature = "postgres", feature = "rabbitmq"))]
pub mod certificates;
pub mod child;
pub mod faulty;
pub mod fixtures;
#[cfg(feature = "nats")]
pub mod nats;
#[cfg(feature = "nats")]
pub mod nats_guarded;
#[cfg(feature = "nats")]
pub mod nats_server;
pub mod places;
pub mod ports;
#[cfg(feature = "postgres")]
pub mod postgres;
#[cfg(feature = "postgres")]
pub mod postgres_server;
pub mod process_audit;
pub mod proxy;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq_guarded;
#[cfg(feature = "rabbitmq")]
pub mod rabbitmq_server;
pub mod said;
pub mod services;

/// The README's programs, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
