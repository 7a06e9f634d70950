//! A member of a group.
//!
//! ```text
//! Driver (connection, membership, which partitions) ─▶ pump (a task for each partition) ─▶ Desk ─▶ Delivery
//!                                                                                            ▲         │
//!                                            Releasing (dead letters that are tried again) ──┴─────────┘ settled
//! ```

mod balance;
mod burying;
mod desk;
mod driver;
mod membership;
mod partition;
mod place;
mod pump;
mod releasing;
mod settle;

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use tokio::{sync::watch, task::JoinHandle, time::timeout};

use crate::bus::{BusError, Consumer, Delivery};

use super::{
    access::Access,
    names::{Bus, Group},
};

pub(super) use desk::Desk;
pub(super) use partition::{Release, Tried};
pub(super) use place::Place;

use driver::Driver;
use membership::Membership;
use settle::RabbitSettle;

/// How long a new consumer waits for its share of the partitions before it begins with what it has.
const FOR_A_SHARE: Duration = Duration::from_secs(1);

/// How long one that goes waits for the broker to hear of it.
const FOR_A_GOODBYE: Duration = Duration::from_secs(5);

/// What to consume, and how.
pub(super) struct Spec {
    pub(super) access: Access,
    pub(super) bus: Arc<Bus>,
    pub(super) group: Group,
    pub(super) exclusive: bool,
    pub(super) prefetch: usize,
    /// Whether the bus was closed.
    pub(super) closed: watch::Receiver<bool>,
}

/// A member of a group. Dropping it gives everything back.
pub(super) struct RabbitConsumer {
    desk: Arc<Desk>,
    gone: watch::Sender<bool>,
    driver: Option<JoinHandle<()>>,
}

impl RabbitConsumer {
    /// Joins a group, which is made if it is new. It waits as long as the broker is away, unless the bus is closed.
    pub(super) async fn join(spec: Spec) -> Result<Self, BusError> {
        let spec = Arc::new(spec);
        let mut closed = spec.closed.clone();
        let membership = tokio::select! {
            biased;
            _ = closed.wait_for(|closed| *closed) => return Err(BusError::Closed),
            membership = Membership::at_last(&spec) => membership?,
        };
        let desk = Arc::new(Desk::new(spec.prefetch, spec.group.dead()));
        let (gone, watched) = watch::channel(false);
        let (ready, balanced) = tokio::sync::oneshot::channel();
        let driver = Driver::new(spec, Arc::clone(&desk), watched, ready);
        let driver = tokio::spawn(driver.run(membership));
        // Without a share it begins as well, and gets one when another gives one up.
        let _ = timeout(FOR_A_SHARE, balanced).await;
        Ok(Self { desk, gone, driver: Some(driver) })
    }
}

impl Consumer for RabbitConsumer {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Delivery>, BusError>> {
        let desk = &self.desk;
        Box::pin(async move {
            let taken = desk.when(|| desk.look()).await;
            Ok(taken.map(|taken| RabbitSettle::deliver(Arc::clone(desk), taken)))
        })
    }

    fn leave(mut self: Box<Self>) -> BoxFuture<'static, ()> {
        self.gone.send_replace(true);
        let driver = self.driver.take();
        Box::pin(async move {
            if let Some(driver) = driver
                && timeout(FOR_A_GOODBYE, driver).await.is_err()
            {
                tracing::warn!("the broker was not told in time that a listener has gone");
            }
        })
    }
}

/// The driver gives everything back and ends by itself.
impl Drop for RabbitConsumer {
    fn drop(&mut self) {
        self.desk.lose_all();
        self.gone.send_replace(true);
    }
}
