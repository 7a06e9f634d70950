//! A bus that works: what is sent is handled.

use std::time::Duration;

use cqrs::bus::{CommandBus, CommandMessage};
use tokio::sync::mpsc;

/// Sends a command, and handles it.
pub async fn carry_a_command(bus: CommandBus) {
    bus.publish(&CommandMessage::from_json("debit", "7", "1")).await.unwrap();
    let (tell, mut told) = mpsc::unbounded_channel();
    let handler = move |command: CommandMessage| {
        let tell = tell.clone();
        async move {
            tell.send(command.name.to_string()).unwrap();
            Ok(())
        }
    };
    let listening = bus.listen().start(handler).await.unwrap();
    let name = tokio::time::timeout(Duration::from_secs(20), told.recv()).await.expect("it is handled");
    assert_eq!(name.as_deref(), Some("debit"));
    listening.stop().await.unwrap();
}
