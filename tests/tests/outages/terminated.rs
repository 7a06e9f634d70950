//! The server ends every connection, again and again, under load.

use std::time::Duration;

use cqrs_tests::postgres_server::{PostgresServer, can_start};
use sqlx::{Connection, PgConnection};

use super::{load::Load, world::World};

const ROUNDS: usize = 50;

const TERMINATE: &str = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity \
    WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_that_the_server_ends_cost_no_event_and_double_none() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let world = World::open(&server.address()).await;
    let mut connection = PgConnection::connect(&server.address()).await.expect("the server answers");
    let load = Load::on(&world.app);
    let mut ended = 0;
    for _ in 0..ROUNDS {
        load.until_acknowledged(5).await;
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..10_000))).await;
        ended += sqlx::query_scalar::<_, i64>(TERMINATE).fetch_one(&mut connection).await.expect("it may");
    }
    load.until_acknowledged(100).await;
    let (acknowledged, failed) = load.settle().await;
    println!("{ended} connections ended: {acknowledged} commands acknowledged at once, {failed} by a retry");
    world.agrees().await;
    world.app.shutdown().await.expect("it ends well");
}
