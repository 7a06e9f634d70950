//! The task of a consumer: keeps it connected, and its share of the partitions its own.

use std::{sync::Arc, time::Duration};

use tokio::{
    sync::{oneshot, watch},
    task::JoinSet,
    time::timeout,
};

use crate::{
    bus::{BusError, rabbitmq::connection::failed},
    error_chain::chain,
};

use super::{Desk, Spec, membership::Membership};

/// How long a connection that failed may take to close.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// How often the members of a group are counted.
const PAUSE: Duration = Duration::from_millis(100);

/// The task of a consumer.
///
/// Invariant: when a connection is lost, everything that came over it is made stale before the next one is used. When
/// the consumer has gone, dead letters that were tried again are put in order before the connection is closed, so that
/// the next owner of a partition finds them so.
pub(super) struct Driver {
    pub(super) spec: Arc<Spec>,
    pub(super) desk: Arc<Desk>,
    gone: watch::Receiver<bool>,
    /// Told once, when the consumer has its share.
    ready: Option<oneshot::Sender<()>>,
    /// One for each partition; they end with it.
    pub(super) pumps: JoinSet<()>,
    pub(super) releases: JoinSet<()>,
}

impl Driver {
    pub(super) fn new(
        spec: Arc<Spec>,
        desk: Arc<Desk>,
        gone: watch::Receiver<bool>,
        ready: oneshot::Sender<()>,
    ) -> Self {
        let (pumps, releases) = (JoinSet::new(), JoinSet::new());
        Self { spec, desk, gone, ready: Some(ready), pumps, releases }
    }

    pub(super) async fn run(mut self, mut membership: Membership) {
        let mut gone = self.gone.clone();
        loop {
            let gone = async { gone.wait_for(|gone| *gone).await.map(drop) };
            tokio::select! {
                biased;
                // An error means that the consumer was dropped, which is the same.
                _ = gone => break,
                error = self.serve(&membership) => self.lost(&error),
            }
            // What is left of the old connection must not stand in the way of the new one.
            let _ = timeout(LAST_WORDS, membership.link.close()).await;
            drop(membership);
            let spec = Arc::clone(&self.spec);
            let mut gone = self.gone.clone();
            membership = tokio::select! {
                biased;
                _ = gone.wait_for(|gone| *gone) => return,
                membership = Membership::again(&spec) => membership,
            };
        }
        self.go(membership).await;
    }

    fn lost(&mut self, error: &BusError) {
        metrics::counter!("cqrs_bus_connections_lost_total").increment(1);
        tracing::warn!(group = self.spec.group.name, error = chain(error), "a listener lost its connection");
        self.desk.lose_all();
        self.pumps.abort_all();
    }

    /// Balances until the connection is lost, and says how.
    async fn serve(&mut self, membership: &Membership) -> BusError {
        tokio::select! {
            biased;
            error = self.balance_on(membership) => error,
            lost = membership.link.lost() => BusError::transport("listen", lost),
        }
    }

    async fn balance_on(&mut self, membership: &Membership) -> BusError {
        loop {
            if let Err(error) = self.balance(membership).await {
                return error;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn balance(&mut self, membership: &Membership) -> Result<(), BusError> {
        self.hand_over(membership).await.map_err(failed("hand over a partition"))?;
        let members = membership.count(&self.spec).await.map_err(failed("count the members"))?;
        let share = usize::from(self.spec.bus.partitions).div_ceil(members);
        let kept = self.desk.kept();
        if kept > share {
            self.desk.give_up(kept - share);
        } else if kept < share {
            self.take(membership, share - kept).await?;
        }
        // With as many members as partitions or more, others may have them all.
        if self.desk.kept() > 0
            && let Some(ready) = self.ready.take()
        {
            let _ = ready.send(());
        }
        if *self.spec.closed.borrow() {
            self.drain(membership).await.map_err(failed("look whether anything waits"))?;
        }
        while self.pumps.try_join_next().is_some() || self.releases.try_join_next().is_some() {}
        Ok(())
    }

    async fn go(mut self, membership: Membership) {
        self.desk.lose_all();
        self.pumps.shutdown().await;
        while self.releases.join_next().await.is_some() {}
        membership.link.close().await;
    }
}
