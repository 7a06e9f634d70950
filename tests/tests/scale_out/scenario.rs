//! What happens: commands are published, workers handle them, two are killed and replaced.

use std::time::Instant;

use cqrs_tests::{child, services::Service};
use futures_util::future::join_all;

use super::{
    commands::{COMMANDS, publish},
    place::Place,
    verify::verify,
    watch::Log,
    worker::{Worker, work},
};

const WORKERS: usize = 4;
const KILLS: usize = 2;

/// Runs it, as the parent or as a worker.
pub async fn run<P: Place>(test: &str, services: &[Service]) {
    if let Some(orders) = child::orders(test) {
        return work::<P>(&orders).await;
    }
    if !services.iter().all(|service| service.answers()) {
        return;
    }
    let place = P::new();
    let address = place.address();
    let site = P::join(&address).await;
    let began = Instant::now();
    let mut workers = join_all((0..WORKERS).map(|_| Worker::start(test, &address))).await;
    let publishing = tokio::spawn(publish(site.bus.clone()));
    let mut log = Log::of(&site);
    for kill in 1..=KILLS {
        log.until(COMMANDS * kill / (KILLS + 1)).await;
        workers.remove(0).kill().await;
        workers.push(Worker::start(test, &address).await);
    }
    publishing.await.expect("everything is published");
    log.until(COMMANDS).await;
    println!("{COMMANDS} commands on {WORKERS} workers, {KILLS} of them killed: {:.1?}", began.elapsed());
    let told = join_all(workers.into_iter().map(Worker::stop)).await;
    verify::<P>(&site, &log, &told).await;
}
