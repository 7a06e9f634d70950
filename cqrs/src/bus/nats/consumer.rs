//! What hands messages to a listener.

use std::sync::Arc;

use futures_util::future::BoxFuture;
use tokio::{sync::watch, task::JoinHandle};

use crate::bus::{BusError, Consumer, Delivery};

use super::{
    member::{Desk, Member},
    settle::NatsSettle,
};

/// A member of a group, as its listener sees it. Dropping it gives back what it has, and leaves the group.
pub(super) struct NatsConsumer {
    desk: Arc<Desk>,
    closed: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    running: Option<JoinHandle<()>>,
    /// Where it looks first, so that no partition starves.
    next_partition: usize,
}

impl NatsConsumer {
    pub(super) fn start(member: Member, closed: watch::Receiver<bool>) -> Self {
        let (desk, stop) = (Arc::clone(&member.desk), watch::Sender::new(false));
        let running = Some(tokio::spawn(member.run(stop.subscribe())));
        Self { desk, closed, stop, running, next_partition: 0 }
    }

    fn look(&mut self) -> Option<Delivery> {
        let owned = self.desk.owned();
        for offset in 0..owned.len() {
            let index = (self.next_partition + offset) % owned.len();
            if let Some((sequence, message, redeliveries)) = owned[index].hand_out() {
                self.next_partition = index + 1;
                let settle = NatsSettle { owned: Arc::clone(&owned[index]), sequence, settled: false };
                return Some(Delivery::new((*message).clone(), redeliveries, settle));
            }
        }
        None
    }
}

impl Consumer for NatsConsumer {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivery>, BusError>> {
        Box::pin(async move {
            let arrived = Arc::clone(&self.desk.arrived);
            loop {
                let mut arrival = std::pin::pin!(arrived.notified());
                arrival.as_mut().enable();
                if let Some(delivery) = self.look() {
                    return Ok(Some(delivery));
                }
                if *self.closed.borrow() && self.desk.is_done() {
                    return Ok(None);
                }
                tokio::select! {
                    () = arrival => {}
                    Ok(()) = self.closed.changed() => {}
                }
            }
        })
    }

    fn leave(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        let running = self.running.take();
        drop(self);
        Box::pin(async move {
            if let Some(Err(error)) = futures_util::future::OptionFuture::from(running).await {
                tracing::error!(%error, "a listener did not leave its group as it should");
            }
        })
    }
}

impl Drop for NatsConsumer {
    fn drop(&mut self) {
        // What is out is not settled from now on; the rest is told to the server.
        self.stop.send_replace(true);
    }
}
