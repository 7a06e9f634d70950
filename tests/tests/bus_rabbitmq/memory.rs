//! Memory is bounded: of messages by the prefetch, of dead letters by their bytes.

use std::{path::Path, time::Duration};

use cqrs::bus::{CommandMessage, HandlingError, rabbitmq::RabbitMqBus};
use cqrs_tests::{
    child,
    rabbitmq::{PARTITIONS, Place, address, broker_answers},
};
use tokio::io::{AsyncBufReadExt, BufReader};

const COUNT: u64 = 60;
const SIZE: usize = 8 << 20;

/// What a listener may need beside what it has before it starts: some messages, and not all 480 MiB of them.
const MOST: u64 = 300 << 20;

/// The most memory the process ever had, in bytes.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<u64>().unwrap() << 10
}

async fn broker(prefix: &Path) -> RabbitMqBus {
    let options = RabbitMqBus::builder(address()).prefix(prefix.to_str().unwrap()).partitions(PARTITIONS);
    options.connect().await.unwrap()
}

/// Makes dead letters of all messages, and then lists one of them.
async fn bury_all(prefix: &Path) {
    let bus = broker(prefix).await.commands();
    let before = peak();
    let (sender, mut buried) = tokio::sync::mpsc::unbounded_channel();
    let listening = bus.listen().prefetch(2).start(move |command: CommandMessage| {
        sender.send(()).unwrap();
        async move { Err(HandlingError::permanent(command.name.to_string())) }
    });
    let listening = listening.await.unwrap();
    for _ in 0..COUNT {
        buried.recv().await.unwrap();
    }
    listening.stop().await.unwrap();
    assert_eq!(bus.dead_letters(1).await.unwrap().len(), 1);
    println!("peak {}", peak() - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn large_messages_come_a_few_at_a_time() {
    const NAME: &str = "memory::large_messages_come_a_few_at_a_time";
    if let Some(orders) = child::orders(NAME) {
        return bury_all(&orders.file).await;
    }
    if !broker_answers() {
        return;
    }
    let place = Place::new();
    let bus = place.broker().await.commands();
    let large = format!("\"{}\"", "x".repeat(SIZE));
    for number in 0..COUNT {
        let command = CommandMessage::from_json("large", number.to_string(), large.clone());
        bus.publish(&command).await.unwrap();
    }
    let mut listener = child::start(NAME, Path::new(place.prefix()), 0);
    let mut lines = BufReader::new(listener.stdout.take().unwrap()).lines();
    let peak = async {
        loop {
            let line = lines.next_line().await.unwrap().expect("the listener tells its peak");
            if let Some(peak) = line.strip_prefix("peak ") {
                return peak.parse::<u64>().unwrap();
            }
        }
    };
    let peak = tokio::time::timeout(Duration::from_mins(4), peak).await.expect("all are buried in time");
    assert!(peak < MOST, "{} MiB for {COUNT} messages of 8 MiB", peak >> 20);
}
