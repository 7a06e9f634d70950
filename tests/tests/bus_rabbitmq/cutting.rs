//! Connections that are cut in the middle of something.

use cqrs::bus::Address;
use cqrs_tests::{
    proxy::{Proxy, Way},
    rabbitmq::{Place, address, broker_answers, server},
};

use crate::witness::{Witness, commands, listen, publish_stubbornly};

/// The broker's address by way of a proxy.
fn by_way_of(proxy: &Proxy) -> Address {
    address().replace(&server(), &proxy.address().to_string()).into()
}

const KEYS: usize = 10;
const COUNT: usize = 200;

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_in_the_middle_of_a_publish_is_published_again_in_order() {
    if !broker_answers() {
        return;
    }
    let (place, proxy) = (Place::new(), Proxy::before(server()).await);
    let publishing = place.broker_at(by_way_of(&proxy)).await.commands();
    let witness = Witness::default();
    let listening = listen(&place.broker().await.commands()).start(witness.handler()).await.unwrap();
    let all = commands(KEYS, COUNT);
    let mut failures = 0;
    for batch in all.chunks(100) {
        proxy.cut_after(Way::ToServer, fastrand::usize(1..40_000));
        failures += publish_stubbornly(&publishing, batch).await;
    }
    assert!(failures > 0 && proxy.cuts() > 0, "{} cuts were without effect", proxy.cuts());
    witness.until(KEYS * COUNT).await;
    listening.stop().await.unwrap();
    witness.assert_in_order();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_cut_in_the_middle_of_an_acknowledgement_is_handled_again_in_order() {
    if !broker_answers() {
        return;
    }
    let (place, proxy) = (Place::new(), Proxy::before(server()).await);
    let publishing = place.broker().await.commands();
    publishing.publish_all(&commands(KEYS, COUNT)).await.unwrap();
    let witness = Witness::default();
    let listening = place.broker_at(by_way_of(&proxy)).await.commands();
    let listening = listen(&listening).start(witness.handler()).await.unwrap();
    for cut in 1..=10 {
        let way = if cut % 2 == 0 { Way::ToServer } else { Way::ToClient };
        let before = (proxy.cuts(), witness.count());
        proxy.cut_after(way, fastrand::usize(1..3_000));
        while proxy.cuts() == before.0 && witness.count() < KEYS * COUNT {
            tokio::time::sleep(std::time::Duration::from_millis(1)).await;
        }
    }
    assert!(proxy.cuts() > 2, "there were only {} cuts", proxy.cuts());
    witness.until(KEYS * COUNT).await;
    listening.stop().await.unwrap();
    witness.assert_in_order();
}

#[tokio::test(flavor = "multi_thread")]
async fn while_the_broker_is_not_reached_a_publish_waits_and_its_address_is_asked_anew() {
    if !broker_answers() {
        return;
    }
    let (place, first, second) = (Place::new(), Proxy::before(server()).await, Proxy::before(server()).await);
    let present = std::sync::Arc::new(std::sync::Mutex::new(first.address().to_string()));
    let asked = std::sync::Arc::clone(&present);
    let moving = Address::found_by(move || {
        let there = asked.lock().unwrap().clone();
        async move { Ok(address().replace(&server(), &there)) }
    });
    let bus = place.broker_at(moving).await.commands();
    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    publish_stubbornly(&bus, &commands(KEYS, 1)).await;
    witness.until(KEYS).await;

    first.refuse(true);
    first.cut();
    let all = commands(KEYS, 2);
    let late = &all[KEYS..];
    let waiting = tokio::spawn({
        let (bus, late) = (bus.clone(), late.to_vec());
        async move { publish_stubbornly(&bus, &late).await }
    });
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert!(!waiting.is_finished(), "nobody took the messages");
    *present.lock().unwrap() = second.address().to_string();
    waiting.await.unwrap();
    witness.until(2 * KEYS).await;
    listening.stop().await.unwrap();
}
