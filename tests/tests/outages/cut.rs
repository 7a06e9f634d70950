//! The way to the server is cut: in the middle of what is said, and between a commit and its answer.

use std::time::Duration;

use cqrs::prelude::*;
use cqrs_tests::{
    audit::all_events,
    bank::{AccountId, CreditAccount},
    postgres_server::{PostgresServer, can_start},
    proxy::{Proxy, Way},
};

use super::{
    load::Load,
    world::{PATIENCE, World, address},
};

const CUTS: usize = 60;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_cut_after_any_byte_cost_no_event_and_double_none() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let proxy = Proxy::before(server.host()).await;
    let world = World::open(&address(&proxy)).await;
    let load = Load::on(&world.app);
    for cut in 0..CUTS {
        load.until_acknowledged(5).await;
        let way = if cut % 2 == 0 { Way::ToServer } else { Way::ToClient };
        proxy.cut_after(way, fastrand::usize(0..8_000));
        until_cut(&proxy, cut).await;
    }
    load.until_acknowledged(100).await;
    let (acknowledged, failed) = load.settle().await;
    println!("{CUTS} cuts: {acknowledged} commands acknowledged at once, {failed} by a retry");
    world.agrees().await;
    world.app.shutdown().await.expect("it ends well");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_whose_answer_is_lost_is_found_by_the_id_of_its_command() {
    if !can_start() {
        return;
    }
    let server = PostgresServer::start_with("").await;
    let proxy = Proxy::before(server.host()).await;
    let world = World::open(&address(&proxy)).await;
    let direct = PostgresStore::connect(&server.address()).await.expect("the store opens");
    let before = all_events(&direct).await.len();
    // Only the append says what the event holds.
    proxy.lose_answers_to("424242");
    let account = AccountId::new(0);
    let dispatching =
        tokio::spawn(world.app.dispatch(CreditAccount { account, amount: 424_242 }).into_future());
    let committed = async {
        while all_events(&direct).await.len() == before {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(PATIENCE, committed).await.expect("the append reaches the server");
    assert!(!dispatching.is_finished(), "nobody has told the dispatcher");
    proxy.cut();
    let receipt = dispatching.await.unwrap().expect("the dispatcher looks for it");
    assert!(!receipt.repeated, "to its sender it is the first time");
    let after = all_events(&direct).await;
    assert_eq!(after.len(), before + 1, "it is there once");
    assert_eq!(after.last().map(|event| event.position), Some(receipt.position()));
    world.agrees().await;
    world.app.shutdown().await.expect("it ends well");
}

async fn until_cut(proxy: &Proxy, before: usize) {
    let cut = async {
        while proxy.cuts() <= before {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    tokio::time::timeout(PATIENCE, cut).await.expect("enough bytes go over it");
}
