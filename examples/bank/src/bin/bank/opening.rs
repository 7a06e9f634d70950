//! The bank, running on its file.

use std::path::Path;

use anyhow::Context;
use bank::{
    Account, PasswordHasher,
    read_models::{
        memory::Balances,
        sqlite::{AccountsTable, MonthsTable, UsersTable},
    },
};
use cqrs::{application::ApplicationBuilder, prelude::*};

/// The bank: the application, and the store whose tables are read.
pub(crate) struct Bank {
    pub(crate) application: Application,
    pub(crate) store: SqliteStore,
}

impl Bank {
    /// Opens the file, making it if there is none, and starts the application on it.
    pub(crate) async fn open(path: &Path) -> anyhow::Result<Self> {
        Self::open_with(path, |builder| builder).await
    }

    /// The same, with settings of one's own.
    pub(crate) async fn open_with(
        path: &Path,
        settings: impl FnOnce(ApplicationBuilder) -> ApplicationBuilder,
    ) -> anyhow::Result<Self> {
        let store = SqliteStore::open(path).with_context(|| format!("cannot open {}", path.display()))?;
        let builder = Application::builder()
            .store(store.clone())
            .provide(PasswordHasher::default())
            .expect::<Account>();
        let application = settings(builder).start().await.context("cannot start the bank")?;
        Ok(Self { application, store })
    }

    /// Waits until every read model shows everything that has happened.
    pub(crate) async fn catch_up(&self) -> anyhow::Result<()> {
        let head = self.application.store().head().await?;
        self.application.wait_for_position::<AccountsTable>(head).await?;
        self.application.wait_for_position::<UsersTable>(head).await?;
        self.application.wait_for_position::<MonthsTable>(head).await?;
        self.application.wait_for_position::<Balances>(head).await?;
        Ok(())
    }

    /// Finishes what was begun and closes the file.
    pub(crate) async fn close(self) -> anyhow::Result<()> {
        self.application.shutdown().await?;
        Ok(())
    }
}
