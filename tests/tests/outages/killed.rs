//! The server is killed under load, and started again.

use std::time::Duration;

use cqrs_tests::postgres_server::{PostgresServer, can_start};

use super::{load::Load, world::World};

const KILLS: usize = 5;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_killed_under_load_costs_no_event_and_doubles_none() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let world = World::open(&server.address()).await;
    let load = Load::on(&world.app);
    for _ in 0..KILLS {
        load.until_acknowledged(100).await;
        // Somewhere between two commits.
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..50_000))).await;
        server.kill().await;
        server.start().await;
    }
    load.until_acknowledged(100).await;
    let (acknowledged, failed) = load.settle().await;
    println!("{KILLS} kills: {acknowledged} commands acknowledged at once, {failed} by a retry");
    world.agrees().await;
    world.app.shutdown().await.expect("it ends well");
}
