//! Sending commands over a bus, to whoever listens.

use std::{fs::File, io::BufReader, sync::Arc};

use anyhow::Context;
use cqrs::{
    CommandId, CorrelationId,
    bus::{CommandBus, CommandMessage},
    command::Command,
};
use tokio::{sync::mpsc, task::spawn_blocking};

use crate::{
    file::{Bookings, Row},
    opening::Bank,
    outage::ride_out,
    place::OpenBus,
};

use super::{
    commands::{self, Booking},
    journal::Journal,
    read,
    sent::Sent,
};

/// How many commands are published at a time.
const BATCH: usize = 500;

/// Sends the rows of a file as commands, and waits until they have been handled.
pub(super) async fn take_in(
    bookings: Bookings<BufReader<File>>,
    bank: &Bank,
    bus: OpenBus,
    journal: &Arc<Journal>,
) -> anyhow::Result<()> {
    let OpenBus { commands: bus, is_shared } = bus;
    let here = if is_shared {
        None
    } else {
        Some(bus.listen().workers(64).dispatch_to(bank.application.dispatcher()).await?)
    };
    let (inbox, rows) = mpsc::channel(BATCH);
    let reading = spawn_blocking({
        let journal = Arc::clone(journal);
        move || read(bookings, |row| inbox.blocking_send(row).is_ok(), &journal)
    });
    let sent = Sending { bus: &bus, journal, batch: Vec::new() }.send_all(rows).await?;
    reading.await.context("reading the file was interrupted")??;
    for refused in sent.handled(&**bank.application.store(), &bus).await? {
        journal.refused(&refused);
    }
    if let Some(listening) = here {
        listening.stop().await?;
    }
    ride_out(async || bank.catch_up().await).await
}

struct Sending<'a> {
    bus: &'a CommandBus,
    journal: &'a Journal,
    batch: Vec<CommandMessage>,
}

impl Sending<'_> {
    async fn send_all(mut self, mut rows: mpsc::Receiver<Row>) -> anyhow::Result<Sent> {
        let correlation_id = CorrelationId::generate();
        let mut sent = Sent::new(correlation_id);
        while let Some(row) = rows.recv().await {
            let account = row.account;
            if sent.is_new(account) {
                let (id, command) = commands::opening(account)?;
                self.add(id, &command, correlation_id)?;
            }
            let (id, booking) = commands::booking(row);
            match booking {
                Booking::Credit(command) => self.add(id, &command, correlation_id)?,
                Booking::Debit(command) => self.add(id, &command, correlation_id)?,
            }
            sent.note(account, id);
            self.journal.sent();
            if self.batch.len() >= BATCH {
                self.publish().await?;
            }
        }
        self.publish().await?;
        Ok(sent)
    }

    fn add(
        &mut self,
        id: CommandId,
        command: &impl Command,
        correlation_id: CorrelationId,
    ) -> anyhow::Result<()> {
        let message = CommandMessage::of(command)?;
        self.batch.push(message.id(id).correlation_id(correlation_id).actor("import"));
        Ok(())
    }

    /// Publishes what there is; waits while the broker is away. What is published twice harms nobody: it has the same id.
    async fn publish(&mut self) -> anyhow::Result<()> {
        ride_out(async || {
            let Err(error) = self.bus.publish_all(&self.batch).await else { return Ok(()) };
            self.batch.drain(..error.confirmed);
            Err(error.into())
        })
        .await?;
        self.batch.clear();
        Ok(())
    }
}
