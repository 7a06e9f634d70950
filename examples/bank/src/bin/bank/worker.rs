//! Handling commands that come over a bus, until told to stop.

use std::io::Write;

use anyhow::{Context, ensure};
use cqrs::bus::{CommandBus, Listening};
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::{
    Verdict,
    opening::Bank,
    place::{BusAddress, StoreAddress},
};

/// How many commands of different accounts are handled at a time.
const WORKERS: usize = 64;

/// Handles commands; ends on an interrupt or a request to terminate, having finished what it had begun. It hears of that
/// from the beginning: what it opens may be away for long.
pub(crate) async fn run(store: &StoreAddress, bus: &BusAddress, out: &mut impl Write) -> Verdict {
    let mut stop = Stop::listen()?;
    if let Some(opened) = stop.unless(Box::pin(open(store, bus))).await {
        let (commands, bank) = opened?;
        let worked = stop.unless(listen(&commands, &bank)).await;
        let outcome = match worked.transpose() {
            Ok(Some(listening)) => work(listening, &mut stop, store, out).await,
            Ok(None) => Ok(()),
            Err(error) => Err(error),
        };
        let closed = bank.close().await;
        outcome.and(closed)?;
    }
    writeln!(out, "stopped")?;
    Ok(true)
}

async fn open(store: &StoreAddress, bus: &BusAddress) -> anyhow::Result<(CommandBus, Bank)> {
    let bus = bus.open().await?;
    ensure!(bus.is_shared, "a worker needs a bus between processes: --bus amqp://... or --bus nats://...");
    Ok((bus.commands, Bank::open(store).await?))
}

async fn listen(commands: &CommandBus, bank: &Bank) -> anyhow::Result<Listening> {
    let listening = commands.listen().workers(WORKERS).prefetch(4 * WORKERS);
    Ok(listening.dispatch_to(bank.application.dispatcher()).await?)
}

async fn work(
    listening: Listening,
    stop: &mut Stop,
    store: &StoreAddress,
    out: &mut impl Write,
) -> anyhow::Result<()> {
    writeln!(out, "working on {store}")?;
    out.flush()?;
    stop.unless(listening.ended()).await;
    listening.stop().await?;
    Ok(())
}

/// The signals that tell a process to stop.
struct Stop {
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    fn listen() -> anyhow::Result<Self> {
        let listen = |kind| signal(kind).context("cannot wait for signals");
        Ok(Self { terminate: listen(SignalKind::terminate())?, interrupt: listen(SignalKind::interrupt())? })
    }

    /// What comes of something, unless the process is told to stop before.
    async fn unless<T>(&mut self, something: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            biased;
            _ = self.terminate.recv() => None,
            _ = self.interrupt.recv() => None,
            outcome = something => Some(outcome),
        }
    }
}
