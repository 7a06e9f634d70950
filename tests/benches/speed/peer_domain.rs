//! The same domain on cqrs-es.

use cqrs_es::{Aggregate, DomainEvent, event_sink::EventSink};
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
pub enum AccountEvent {
    Opened { owner: String },
    Credited { amount: i64 },
}

impl DomainEvent for AccountEvent {
    fn event_type(&self) -> String {
        match self {
            Self::Opened { .. } => "account-opened".into(),
            Self::Credited { .. } => "money-credited".into(),
        }
    }

    fn event_version(&self) -> String {
        "1".into()
    }
}

#[derive(Debug)]
pub enum AccountCommand {
    Open { owner: String },
    Credit { amount: i64 },
}

#[derive(Debug, thiserror::Error)]
#[error("refused")]
pub struct Refused;

#[derive(Debug, Default, Serialize, Deserialize)]
pub struct PeerAccount {
    owner: String,
    balance: i64,
}

impl Aggregate for PeerAccount {
    const TYPE: &'static str = "account";
    type Command = AccountCommand;
    type Event = AccountEvent;
    type Error = Refused;
    type Services = ();

    async fn handle(
        &mut self,
        command: AccountCommand,
        (): &(),
        sink: &EventSink<Self>,
    ) -> Result<(), Refused> {
        match command {
            AccountCommand::Open { owner } => sink.write(AccountEvent::Opened { owner }, self).await,
            AccountCommand::Credit { amount } if amount < 0 => return Err(Refused),
            AccountCommand::Credit { amount } => sink.write(AccountEvent::Credited { amount }, self).await,
        }
        Ok(())
    }

    fn apply(&mut self, event: AccountEvent) {
        match event {
            AccountEvent::Opened { owner } => self.owner = owner,
            AccountEvent::Credited { amount } => self.balance += amount,
        }
    }
}
