//! Scale-out: several processes share the work on one log, and some of them are killed.
//!
//! A test process publishes commands on a bus; four workers, processes of their own, handle them. The commands of an
//! account only make sense in their order: a debit takes exactly what the credit before it brought, so that one which
//! overtakes is refused, and missing at the end. What is there at the end is held against what was published, and every
//! read model against the log.
#![allow(missing_docs, reason = "the domain is a test's")]

#[path = "../balances_table/mod.rs"]
mod balances_table;
mod commands;
mod nats;
mod place;
mod rabbitmq;
mod scenario;
mod verify;
mod watch;
mod worker;

use cqrs_tests::services::Service;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_on_postgresql_and_rabbitmq() {
    let name = "four_workers_on_postgresql_and_rabbitmq";
    scenario::run::<rabbitmq::OnRabbitMq>(name, &[Service::PostgreSql, Service::RabbitMq]).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_workers_on_nats_alone() {
    scenario::run::<nats::OnNats>("four_workers_on_nats_alone", &[Service::Nats]).await;
}
