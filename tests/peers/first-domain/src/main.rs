//! The README's first domain on cqrs-es with sqlite-es, on a file of its own.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use serde::{Deserialize, Serialize};
use sqlite_es::sqlite_cqrs;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
enum AccountEvent {
    Opened { owner: String },
    Credited { amount: i64 },
    Debited { amount: i64 },
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account-opened".into(),
            Self::Credited { .. } => "money-credited".into(),
            Self::Debited { .. } => "money-debited".into(),
        }
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

#[derive(Debug)]
enum AccountCommand {
    Open { owner: String },
    Credit { amount: i64 },
    Debit { amount: i64 },
}

#[derive(Debug, thiserror::Error)]
#[error("the balance of {0} does not cover {1}")]
struct NotCovered(i64, i64);

#[derive(Debug, Default, Serialize, Deserialize)]
struct Account {
    owner: String,
    balance: i64,
}

impl Aggregate for Account {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = NotCovered;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), NotCovered> {
        let event = match command {
            AccountCommand::Open { owner } => AccountEvent::Opened { owner },
            AccountCommand::Credit { amount } => AccountEvent::Credited { amount },
            AccountCommand::Debit { amount } if self.balance < amount => {
                return Err(NotCovered(self.balance, amount));
            }
            AccountCommand::Debit { amount } => AccountEvent::Debited { amount },
        };
        sink.write(event, self).await;
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { owner } => self.owner = owner,
            AccountEvent::Credited { amount } => self.balance += amount,
            AccountEvent::Debited { amount } => self.balance -= amount,
        }
    }
}

const TABLE: &str = "
    CREATE TABLE events (
        aggregate_type TEXT                         NOT NULL,
        aggregate_id   TEXT                         NOT NULL,
        sequence       INTEGER CHECK (sequence >= 0) NOT NULL,
        event_type     TEXT                         NOT NULL,
        event_version  TEXT                         NOT NULL,
        payload        TEXT                         NOT NULL,
        metadata       TEXT                         NOT NULL,
        PRIMARY KEY (aggregate_type, aggregate_id, sequence)
    )";

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let file = std::env::temp_dir().join(format!("first-domain-peer-{}.db", std::process::id()));
    let options = SqliteConnectOptions::new().filename(&file).create_if_missing(true);
    let pool = SqlitePoolOptions::new().connect_with(options).await?;
    sqlx::query(TABLE).execute(&pool).await?;
    let cqrs = sqlite_cqrs::<Account>(pool.clone(), vec![], ());
    cqrs.execute("4711", AccountCommand::Open { owner: "Alice".into() }).await?;
    cqrs.execute("4711", AccountCommand::Credit { amount: 100 }).await?;
    cqrs.execute("4711", AccountCommand::Debit { amount: 30 }).await?;
    assert!(cqrs.execute("4711", AccountCommand::Debit { amount: 80 }).await.is_err());
    pool.close().await;
    std::fs::remove_file(&file)?;
    Ok(())
}
