//! The same domain on cqrs-es, in a process of its own, since its memory store prints every event.

use std::{
    process::{Command, Stdio},
    sync::Arc,
    time::Instant,
};

use cqrs_es::{Aggregate, CqrsFramework, DomainEvent, event_sink::EventSink, mem_store::MemStore};
use serde::{Deserialize, Serialize};

use crate::memory_store::{ACCOUNTS, CREDITS};

#[derive(Debug, Clone, Serialize, Deserialize, PartialEq)]
enum AccountEvent {
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
enum AccountCommand {
    Open { owner: String },
    Credit { amount: i64 },
}

#[derive(Debug, thiserror::Error)]
#[error("refused")]
struct Refused;

#[derive(Debug, Default, Serialize, Deserialize)]
struct PeerAccount {
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

/// Runs the child and reads its rate.
pub fn run() -> f64 {
    let child = Command::new(std::env::current_exe().unwrap())
        .arg("child:cqrs-es")
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .output()
        .unwrap();
    String::from_utf8(child.stderr).unwrap().trim().parse().unwrap()
}

/// In the child: the same work, commands a second to standard error.
pub fn child() {
    let runtime = crate::domain::runtime();
    let rate = runtime.block_on(async {
        let cqrs = Arc::new(CqrsFramework::new(MemStore::<PeerAccount>::default(), vec![], ()));
        for number in 0..ACCOUNTS {
            let open = AccountCommand::Open { owner: "alice".into() };
            cqrs.execute(&number.to_string(), open).await.unwrap();
        }
        let started = Instant::now();
        tokio::spawn(async move {
            for _ in 0..CREDITS {
                for number in 0..ACCOUNTS {
                    let credit = AccountCommand::Credit { amount: 1 };
                    cqrs.execute(&number.to_string(), credit).await.unwrap();
                }
            }
        })
        .await
        .unwrap();
        #[allow(clippy::cast_precision_loss, reason = "counts are small")]
        let commands = (ACCOUNTS * CREDITS) as f64;
        commands / started.elapsed().as_secs_f64()
    });
    eprintln!("{rate}");
}
