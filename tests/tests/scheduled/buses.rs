//! Commands that come over a bus, and wait where they arrive.

use std::time::Duration;

use cqrs::{
    bus::{CommandBus, CommandMessage, Message},
    clock::Clock,
    prelude::*,
};

use super::world::{MINUTE, balance, builder, clock, credit, opened, places};

#[test]
fn a_message_says_when_it_is_due_and_how_long_that_holds() {
    let message = CommandMessage::of(&credit("a", 1)).unwrap();
    let due = "2026-01-01T00:10:00.5Z".parse().unwrap();
    for message in [
        message.clone(),
        message.clone().at(due),
        message.clone().expires_after(Duration::from_millis(1_500)),
        message.clone().expires_after(Duration::ZERO).at(due),
        message.clone().expires_after(Duration::MAX),
    ] {
        let back = CommandMessage::decode(&message.encode().unwrap()).unwrap();
        assert_eq!(back.due, message.due);
        assert_eq!(back.metadata.headers, message.metadata.headers);
        let longest = Duration::from_secs(i64::MAX.unsigned_abs());
        assert_eq!(
            back.expires_after.map(|limit| limit.min(longest).as_secs()),
            message.expires_after.map(|limit| limit.min(longest).as_secs())
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_over_a_bus_waits_in_the_store() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let bus = CommandBus::in_memory();
        let listening = bus.listen().dispatch_to(app.dispatcher()).await.unwrap();
        let message = |amount| CommandMessage::of(&credit("a", amount)).unwrap();
        let sent_at = |time, amount| {
            let mut message = message(amount);
            message.metadata.time = time;
            message
        };
        bus.publish(&message(1).at(clock.now() + MINUTE)).await.unwrap();
        bus.publish(&message(2).at(clock.now() + MINUTE).expires_after(MINUTE)).await.unwrap();
        bus.publish(&sent_at(clock.now(), 4).expires_after(MINUTE)).await.unwrap();
        bus.publish(&sent_at(clock.now() - 2 * MINUTE, 8).expires_after(MINUTE)).await.unwrap();
        while balance(&app, "a").await != 4 || waiting(&app).await != 2 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        listening.stop().await.unwrap();
        clock.set(clock.now() + 5 * MINUTE);
        clock.advance(&app, MINUTE).await;
        assert_eq!(balance(&app, "a").await, 5, "one has expired before it was sent, one while it waited");
        assert!(bus.dead_letters(10).await.unwrap().is_empty());
        app.shutdown().await.unwrap();
    }
}

async fn waiting(app: &Application) -> usize {
    app.scheduled().all().next_page().await.unwrap().map_or(0, |page| page.len())
}
