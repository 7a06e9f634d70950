//! What was sent over a bus, and whether it has been handled.

use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use anyhow::bail;
use bank::AccountId;
use cqrs::{
    CommandId, CorrelationId,
    bus::CommandBus,
    store::{CommandFailure, Store},
};
use tokio::time::sleep;

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

    /// Waits until everything was handled, wherever, and gives what was refused.
    pub(super) async fn handled(
        mut self,
        store: &dyn Store,
        bus: &CommandBus,
    ) -> anyhow::Result<Vec<CommandFailure>> {
        loop {
            let refused = store.failures(Some(self.correlation_id), usize::MAX).await?;
            self.forget_handled(store, &refused).await?;
            if self.last.is_empty() {
                return Ok(refused);
            }
            if let Some(dead) = bus.dead_letters(1).await?.first() {
                bail!("a command could not be handled, and stopped its account: {}", dead.error);
            }
            sleep(PAUSE).await;
        }
    }

    async fn forget_handled(&mut self, store: &dyn Store, refused: &[CommandFailure]) -> anyhow::Result<()> {
        let refused: HashSet<_> = refused.iter().map(|failure| failure.command_id).collect();
        let mut waiting = HashMap::new();
        for (account, command) in self.last.drain() {
            if !refused.contains(&command) && store.command(command).await?.is_none() {
                waiting.insert(account, command);
            }
        }
        self.last = waiting;
        Ok(())
    }
}
