//! Handling commands that come over a bus, until told to stop.

use std::io::Write;

use anyhow::{Context, ensure};
use tokio::signal::unix::{SignalKind, signal};

use crate::{
    Verdict,
    opening::Bank,
    place::{BusAddress, StoreAddress},
};

/// How many commands of different accounts are handled at a time.
const WORKERS: usize = 64;

/// Handles commands; ends on an interrupt or a request to terminate, having finished what it had begun.
pub(crate) async fn run(store: &StoreAddress, bus: &BusAddress, out: &mut impl Write) -> Verdict {
    let bus = bus.open().await?;
    ensure!(bus.is_shared, "a worker needs a bus between processes: --bus amqp://... or --bus nats://...");
    let bank = Bank::open(store).await?;
    let mut terminate = signal(SignalKind::terminate()).context("cannot wait for signals")?;
    let listening = bus.commands.listen().workers(WORKERS).prefetch(4 * WORKERS);
    let listening = listening.dispatch_to(bank.application.dispatcher()).await?;
    writeln!(out, "working on {store}")?;
    out.flush()?;
    tokio::select! {
        () = listening.ended() => {}
        interrupted = tokio::signal::ctrl_c() => interrupted.context("cannot wait for signals")?,
        _ = terminate.recv() => {}
    }
    listening.stop().await?;
    bank.close().await?;
    writeln!(out, "stopped")?;
    Ok(true)
}
