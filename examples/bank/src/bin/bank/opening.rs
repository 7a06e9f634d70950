//! The bank, running on its store.

use std::time::Duration;

use anyhow::Context;
use bank::{Account, PasswordHasher, read_models::memory::Balances};
use cqrs::{application::ApplicationBuilder, prelude::*};

use crate::{
    place::StoreAddress,
    tables::{Reading, Tables},
};

/// How long to wait for somebody who holds readers up.
const PATIENCE: Duration = Duration::from_secs(10);

/// The bank: the application, and the tables of its read models.
pub(crate) struct Bank {
    pub(crate) application: Application,
    tables: Tables,
}

impl Bank {
    /// Opens the store, making it if there is none, and starts the application on it.
    pub(crate) async fn open(store: &StoreAddress) -> anyhow::Result<Self> {
        Self::open_with(store, |builder| builder).await
    }

    /// The same, with settings of one's own.
    pub(crate) async fn open_with(
        store: &StoreAddress,
        settings: impl FnOnce(ApplicationBuilder) -> ApplicationBuilder,
    ) -> anyhow::Result<Self> {
        let (store, tables) = store.open().await?;
        let builder = Application::builder()
            .shared_store(store)
            .provide(PasswordHasher::default())
            .require::<Account>();
        let application = settings(builder).start().await.context("cannot start the bank")?;
        Ok(Self { application, tables })
    }

    /// Waits until every read model shows everything that has happened. Somebody else may hold readers up: then the error
    /// says who.
    pub(crate) async fn catch_up(&self) -> anyhow::Result<()> {
        let head = self.application.store().wait_for_head(PATIENCE).await?;
        self.tables.catch_up(&self.application, head).await?;
        self.application.wait_for_position::<Balances>(head).await?;
        Ok(())
    }

    /// The read models.
    pub(crate) fn read(&self) -> Reading<'_> {
        self.tables.of(&self.application)
    }

    /// Finishes what was begun and closes the store.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.application.shutdown().await?;
        Ok(())
    }
}
