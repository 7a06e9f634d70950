//! A server that goes away, and comes back.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use cqrs::bus::{Address, BusError, CommandMessage, nats::NatsBus};
use cqrs_tests::{
    nats_server::{NatsServer, can_start},
    ports::free_ports,
};
use tokio::sync::watch;

use crate::place::{LEASE, PARTITIONS};

const KEYS: u32 = 6;
const COUNT: u32 = 60;

fn command(number: u32) -> CommandMessage {
    CommandMessage::from_json("numbered", format!("key-{}", number % KEYS), number.to_string())
}

/// Publishers say what was not confirmed and publish it again, listeners reconnect, and the order is kept.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_killed_on_the_way_costs_time_and_no_message() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let options = NatsBus::builder(server.address()).prefix("away").partitions(PARTITIONS).lease(LEASE);
    let bus = options.connect().await.unwrap().commands();
    let handled: Arc<Mutex<Vec<(String, u32)>>> = Arc::default();
    let sink = Arc::clone(&handled);
    let listening = bus.listen().start(move |command: CommandMessage| {
        let number: u32 = command.payload.as_json().parse().unwrap();
        sink.lock().unwrap().push((command.key.to_string(), number));
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();

    let publisher = bus.clone();
    let publishing = tokio::spawn(async move {
        let commands: Vec<_> = (0..COUNT).map(command).collect();
        let mut confirmed = 0;
        while confirmed < commands.len() {
            let batch = &commands[confirmed..(confirmed + 10).min(commands.len())];
            match publisher.publish_all(batch).await {
                Ok(()) => confirmed += batch.len(),
                Err(error) => confirmed += error.confirmed,
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    });
    for _ in 0..2 {
        tokio::time::sleep(Duration::from_millis(150)).await;
        server.kill();
        tokio::time::sleep(Duration::from_millis(300)).await;
        server.start_again().await;
    }
    tokio::time::timeout(Duration::from_mins(1), publishing).await.expect("everything is published").unwrap();
    let all = || {
        let handled = handled.lock().unwrap();
        (0..COUNT).all(|number| handled.iter().any(|(_, handled)| *handled == number))
    };
    let arrived = async {
        while !all() {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), arrived).await.expect("everything is handled");
    listening.stop().await.unwrap();
    assert_eq!(bus.dead_letters(1).await.unwrap(), []);
    in_order(&handled.lock().unwrap());
}

/// The address is asked anew when the server is not where it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_moved_is_found() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let address = Arc::new(Mutex::new(server.address()));
    let asked = Arc::clone(&address);
    let found = Address::found_by(move || std::future::ready(Ok(asked.lock().unwrap().clone())));
    let options = NatsBus::builder(found).prefix("moved").partitions(PARTITIONS).lease(LEASE);
    let bus = options.connect().await.unwrap().commands();
    let handled = watch::Sender::new(0);
    let count = handled.clone();
    let listening = bus.listen().start(move |_: CommandMessage| {
        count.send_modify(|count| *count += 1);
        async { Ok(()) }
    });
    let listening = listening.await.unwrap();
    bus.publish(&command(0)).await.unwrap();
    let until = async |wanted: u32| {
        let mut handled = handled.subscribe();
        let reached = handled.wait_for(|count| *count >= wanted);
        tokio::time::timeout(Duration::from_mins(1), reached).await.expect("messages arrive").unwrap();
    };
    until(1).await;
    server.kill();
    let [port] = free_ports();
    server.move_to(port);
    server.start_again().await;
    *address.lock().unwrap() = server.address();
    let published = async { while bus.publish(&command(1)).await.is_err() {} };
    tokio::time::timeout(Duration::from_mins(1), published).await.expect("the bus takes a message");
    until(2).await;
    listening.stop().await.unwrap();
}

/// A listener that is opened while the server is away waits for it; its bus can be closed meanwhile.
#[tokio::test(flavor = "multi_thread")]
async fn a_listener_is_opened_once_the_server_is_back_or_not_at_all() {
    if !can_start() {
        return;
    }
    let mut server = NatsServer::start().await;
    let options = NatsBus::builder(server.address()).prefix("opened").partitions(PARTITIONS).lease(LEASE);
    let broker = options.connect().await.unwrap();
    let (commands, events) = (broker.commands(), broker.events());
    server.kill();
    let opening = tokio::spawn(commands.listen().start(async |_: CommandMessage| Ok(())));
    let closing = tokio::spawn(events.listen("mailer").start(async |_| Ok(())));
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(!opening.is_finished() && !closing.is_finished(), "they wait for the server");
    events.close().await.unwrap();
    let closed = tokio::time::timeout(Duration::from_mins(1), closing).await.expect("it ends").unwrap();
    assert!(matches!(closed, Err(BusError::Closed)), "{closed:?}");
    assert!(commands.dead_letters(1).await.is_err_and(|error| error.is_outage()), "nobody can read them");
    let began = std::time::Instant::now();
    assert!(commands.publish(&command(0)).await.is_err_and(|error| error.is_outage()), "nobody takes it");
    println!("a publish failed after {:.1?}", began.elapsed());
    server.start_again().await;
    let opened = tokio::time::timeout(Duration::from_mins(1), opening).await.expect("it is opened").unwrap();
    opened.unwrap().stop().await.unwrap();
}

/// What was published or handed out twice comes twice; seen without that, each key is in order.
fn in_order(handled: &[(String, u32)]) {
    for key in 0..KEYS {
        let key = format!("key-{key}");
        let mut highest: Option<u32> = None;
        for (_, number) in handled.iter().filter(|(of, _)| *of == key) {
            let next = highest.map_or(number % KEYS, |highest| highest + KEYS);
            assert!(*number <= next, "{key}: {number} came before {next}");
            highest = Some(highest.unwrap_or_default().max(*number));
        }
    }
}
