//! A scenario, from opening an account to a refused debit: commands go out over a bus, events come back as read models.

mod agreement;
mod commands;
mod display;
mod history;

use std::{io::Write, path::Path};

use anyhow::{Context, bail, ensure};
use cqrs::{
    CorrelationId,
    bus::{CommandBus, CommandMessage},
};

use crate::{Verdict, opening::Bank};

/// Plays the scenario on a fresh file; `false` if write and read models do not agree.
pub(crate) async fn run(db: Option<&Path>, out: &mut impl Write) -> Verdict {
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let path = db.map_or_else(|| directory.path().join("bank.db"), Path::to_owned);
    if path.try_exists()? {
        bail!("{} exists; the scenario needs a fresh file", path.display());
    }
    let bank = Bank::open(&path).await?;
    let agrees = play(&bank, out).await?;
    bank.close().await?;
    Ok(agrees)
}

async fn play(bank: &Bank, out: &mut impl Write) -> Verdict {
    let (alice, bob) = (CorrelationId::generate(), CorrelationId::generate());
    let commands = [commands::of_alice(alice)?, commands::of_bob(bob)?].concat();
    writeln!(out, "commands, over the bus")?;
    for command in &commands {
        writeln!(out, "  {:<20} account {}", command.name, command.key)?;
    }
    send(bank, &commands).await?;
    bank.catch_up().await?;
    display::users(&bank.store, out).await?;
    display::accounts(&bank.store, out).await?;
    history::show(bank, alice, out).await?;
    agreement::show(bank, out).await
}

/// Sends commands over a bus within this process, to handlers that listen until it is closed.
async fn send(bank: &Bank, commands: &[CommandMessage]) -> anyhow::Result<()> {
    let bus = CommandBus::in_memory();
    let listening = bus.listen().workers(4).dispatch_to(bank.application.dispatcher()).await?;
    bus.publish_all(commands).await?;
    bus.close().await?;
    listening.ended().await;
    listening.stop().await?;
    let dead = bus.dead_letters(1).await?;
    ensure!(dead.is_empty(), "a command could not be handled: {}", dead[0].error);
    Ok(())
}
