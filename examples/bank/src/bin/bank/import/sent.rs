//! What was sent over a bus, and whether it has been handled.

use std::{collections::HashMap, time::Duration};

use anyhow::bail;
use bank::AccountId;
use cqrs::{
    CommandId, CorrelationId,
    bus::CommandBus,
    store::{CommandFailure, Store, StoreError},
};
use tokio::time::sleep;

use crate::outage::ride_out;

/// How often one looks whether more has been handled.
const PAUSE: Duration = Duration::from_millis(100);

/// The last command of each account that was sent. The bus keeps the order of an account: once its last command was
/// handled, all were.
pub(super) struct Sent {
    correlation_id: CorrelationId,
    last: HashMap<AccountId, CommandId>,
}

impl Sent {
    pub(super) fn new(correlation_id: CorrelationId) -> Self {
        Self { correlation_id, last: HashMap::new() }
    }

    pub(super) fn note(&mut self, account: AccountId, command: CommandId) {
        self.last.insert(account, command);
    }

    pub(super) fn is_new(&self, account: AccountId) -> bool {
        !self.last.contains_key(&account)
    }

    /// Waits until everything was handled, wherever, and gives what was refused. While the store or the bus is away it waits
    /// for them.
    pub(super) async fn handled(
        self,
        store: &dyn Store,
        bus: &CommandBus,
    ) -> anyhow::Result<Vec<CommandFailure>> {
        for command in self.last.values() {
            while !ride_out(async || Ok(self.is_handled(*command, store).await?)).await? {
                let dead = ride_out(async || Ok(bus.dead_letters(1).await?)).await?;
                if let Some(dead) = dead.first() {
                    bail!("a command could not be handled, and stopped its account: {}", dead.error);
                }
                sleep(PAUSE).await;
            }
        }
        ride_out(async || Ok(self.refused(store).await?)).await
    }

    /// A command that was refused left no record but that of its failure.
    async fn is_handled(&self, command: CommandId, store: &dyn Store) -> Result<bool, StoreError> {
        Ok(store.command(command).await?.is_some()
            || self.refused(store).await?.iter().any(|failure| failure.command_id == command))
    }

    async fn refused(&self, store: &dyn Store) -> Result<Vec<CommandFailure>, StoreError> {
        store.failures(Some(self.correlation_id), usize::MAX).await
    }
}
