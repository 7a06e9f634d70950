//! Taking in a file of bookings.
//!
//! Invariant: what a row does is named after the row, by the id of its command; so whatever is done twice, because an
//! earlier import was killed or another runs beside this one, is done once. Nothing else is remembered between runs.

mod booking;
mod commands;
mod journal;
mod lanes;
mod over_bus;
mod progress;
mod sending;
mod sent;

use std::{
    fs::File,
    io::{BufReader, Write},
    path::Path,
    sync::Arc,
};

use anyhow::Context;
use tokio::task::spawn_blocking;

use crate::{
    Verdict,
    file::{Bookings, Row},
    opening::Bank,
    place::{BusAddress, StoreAddress},
};

use journal::Journal;
use lanes::Lanes;

/// How commands reach their handlers.
pub(crate) enum Way {
    /// By being dispatched in this process.
    Direct,
    /// Over a bus.
    Over(BusAddress),
}

/// Takes in a file; `false` if it has bad rows.
pub(crate) async fn run(file: &Path, store: &StoreAddress, way: &Way, out: &mut impl Write) -> Verdict {
    let bookings = Bookings::open(file)?;
    let size = file.metadata().with_context(|| format!("cannot read {}", file.display()))?.len();
    let journal = Arc::new(Journal::new(file, size));
    let (bank, outcome) = match way {
        Way::Direct => {
            // Refused rows are reported with their lines; the store need not keep them as well, once for every run.
            let bank = Bank::open_with(store, |builder| builder.record_failures(false)).await?;
            let outcome = take_in(bookings, &bank, &journal).await;
            (bank, outcome)
        }
        Way::Over(bus) => {
            let (bus, bank) = (bus.open().await?, Bank::open(store).await?);
            let outcome = over_bus::take_in(bookings, &bank, bus, &journal).await;
            (bank, outcome)
        }
    };
    journal.end();
    let closed = bank.close().await;
    outcome.context("the import stopped; run it again to go on where it was")?;
    closed?;
    writeln!(out, "{}", journal.summary())?;
    Ok(journal.is_clean())
}

async fn take_in(
    bookings: Bookings<BufReader<File>>,
    bank: &Bank,
    journal: &Arc<Journal>,
) -> anyhow::Result<()> {
    let (lanes, inboxes) = Lanes::start(&bank.application, journal);
    let reading = spawn_blocking({
        let journal = Arc::clone(journal);
        move || read(bookings, |row| inboxes.put(row).is_ok(), &journal)
    });
    let read = reading.await.context("reading the file was interrupted")?;
    lanes.finish().await?;
    read?;
    bank.catch_up().await
}

/// Hands out row after row, waiting where a lane is full; so memory stays bounded however long the file is.
fn read(
    mut bookings: Bookings<BufReader<File>>,
    put: impl Fn(Row) -> bool,
    journal: &Journal,
) -> anyhow::Result<()> {
    while let Some(row) = bookings.next()? {
        match row {
            Ok(row) => {
                if !put(row) {
                    // Whoever takes them has failed for good, and says why.
                    return Ok(());
                }
            }
            Err((line, bad)) => journal.bad_row(line, &bad),
        }
        journal.has_read(bookings.bytes());
    }
    Ok(())
}
