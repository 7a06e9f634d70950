//! Messages of all sizes.

use cqrs::bus::{CommandMessage, HandlingError};
use cqrs_tests::rabbitmq::{Place, broker_answers};

use crate::witness::{Witness, commands, listen};

#[tokio::test(flavor = "multi_thread")]
async fn messages_without_content_and_of_many_frames_come_as_they_were() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let large = format!("\"{}\"", "ü".repeat(4 << 20));
    let sent = [
        CommandMessage::from_json("large", "", large),
        CommandMessage::from_json("empty", "", "null"),
        CommandMessage::from_json("", "", "\"\"").header("A header\r\n", "of \0 anything"),
        CommandMessage::from_json("n".repeat(1000), "k".repeat(1000), "[]"),
    ];
    bus.publish_all(&sent).await.unwrap();
    let (sender, mut came) = tokio::sync::mpsc::unbounded_channel();
    let listening = bus.listen().start(move |command| {
        let sent = sender.send(command).map_err(|_| HandlingError::permanent("nobody looks"));
        async { sent }
    });
    let listening = listening.await.unwrap();
    let mut all = Vec::new();
    while all.len() < sent.len() {
        all.push(came.recv().await.unwrap());
    }
    listening.stop().await.unwrap();
    all.sort_by_key(|command: &CommandMessage| sent.iter().position(|sent| sent.id == command.id));
    assert!(all == sent, "something came otherwise than it was sent");
}

#[tokio::test(flavor = "multi_thread")]
async fn many_keys_are_handled_each_in_order() {
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let witness = Witness::default();
    let listening = listen(&bus).start(witness.handler()).await.unwrap();
    bus.publish_all(&commands(2_000, 3)).await.unwrap();
    witness.until(6_000).await;
    listening.stop().await.unwrap();
    assert_eq!(witness.doubles(), 0);
}
