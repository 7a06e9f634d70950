//! A scenario, from opening an account to a refused debit: commands go out over a bus, events come back as read models.

mod agreement;
mod commands;
mod display;
mod history;

use std::io::Write;

use anyhow::{Context, bail, ensure};
use cqrs::{CorrelationId, Position, bus::CommandMessage};

use crate::{
    Verdict,
    opening::Bank,
    place::{BusAddress, OpenBus, StoreAddress},
};

/// Plays the scenario where there is no bank yet; `false` if write and read models do not agree.
pub(crate) async fn run(store: Option<StoreAddress>, bus: &BusAddress, out: &mut impl Write) -> Verdict {
    let directory = tempfile::tempdir().context("cannot make a temporary directory")?;
    let store = store.unwrap_or_else(|| StoreAddress::Sqlite(directory.path().join("bank.db")));
    if let StoreAddress::Sqlite(path) = &store
        && path.try_exists()?
    {
        bail!("{store} exists; the scenario needs a fresh file");
    }
    let bank = Bank::open(&store).await?;
    if bank.application.store().head().await? > Position::START {
        bail!("there is a bank already in {store}; the scenario needs a fresh one");
    }
    let agrees = play(&bank, bus.open().await?, out).await?;
    bank.close().await?;
    Ok(agrees)
}

async fn play(bank: &Bank, bus: OpenBus, out: &mut impl Write) -> Verdict {
    let (alice, bob) = (CorrelationId::generate(), CorrelationId::generate());
    let commands = [commands::of_alice(alice)?, commands::of_bob(bob)?].concat();
    writeln!(out, "commands, over the bus")?;
    for command in &commands {
        writeln!(out, "  {:<20} account {}", command.name, command.key)?;
    }
    send(bank, bus, &commands).await?;
    bank.catch_up().await?;
    let reading = bank.read();
    display::users(&reading, out).await?;
    display::accounts(&reading, out).await?;
    history::show(bank, alice, out).await?;
    agreement::show(bank, out).await
}

/// Sends commands over the bus, to handlers that listen until it is closed.
async fn send(bank: &Bank, bus: OpenBus, commands: &[CommandMessage]) -> anyhow::Result<()> {
    let bus = bus.commands;
    let listening = bus.listen().workers(4).dispatch_to(bank.application.dispatcher()).await?;
    bus.publish_all(commands).await?;
    bus.close().await?;
    listening.ended().await;
    listening.stop().await?;
    let dead = bus.dead_letters(1).await?;
    ensure!(dead.is_empty(), "a command could not be handled: {}", dead[0].error);
    Ok(())
}
