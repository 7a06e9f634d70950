//! `cargo run --release -p bank` runs a scenario;
//! `cargo run --release -p bank -- import examples/bank/sample.csv --db bank.db` takes in real bookings, and
//! `cargo run --release -p bank -- report --db bank.db --check examples/bank/sample.csv` looks at them. With
//! `--store postgres://HOST/DATABASE` or `--store nats://HOST/PREFIX` in place of `--db`, the bank is kept there; with
//! `--bus amqp://..` or `--bus nats://..`, `import --via-bus` leaves the work to `worker`s on other terminals. Each of these
//! engines is a feature of the package: `cargo run --release -p bank --features postgres,rabbitmq -- ..`.

mod arguments;
mod file;
mod import;
mod opening;
mod outage;
mod place;
mod report;
mod scenario;
mod tables;
mod worker;

use std::{
    env,
    io::{self, ErrorKind, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use tracing_subscriber::{
    filter::{LevelFilter, Targets},
    prelude::*,
};

use arguments::{Action, Arguments};
use import::Way;

/// Whether everything was as it should be; what was not has been said.
type Verdict = anyhow::Result<bool>;

/// 0 if everything was as it should be, 1 if not, 2 if it could not be done.
#[tokio::main]
async fn main() -> ExitCode {
    let colours = io::stderr().is_terminal();
    let lines = tracing_subscriber::fmt::layer().with_writer(io::stderr).with_ansi(colours);
    tracing_subscriber::registry().with(lines.with_filter(what_to_log())).init();
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        // Whoever read the output has seen enough.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

/// What `RUST_LOG` says, such as `debug` or `cqrs=debug`; warnings without it.
fn what_to_log() -> Targets {
    let asked_for = env::var("RUST_LOG").ok().and_then(|asked_for| asked_for.parse().ok());
    // That a partition belongs to another worker already is no error, though `lapin` logs it as one.
    asked_for.unwrap_or_else(|| {
        Targets::new().with_default(LevelFilter::WARN).with_target("lapin", LevelFilter::OFF)
    })
}

async fn run(arguments: Arguments) -> Verdict {
    let out = &mut io::stdout();
    match arguments.action {
        None => scenario::run(arguments.store.address(), &arguments.bus.bus, out).await,
        Some(Action::Import { file, store, bus, via_bus }) => {
            let way = if via_bus { Way::Over(bus.bus) } else { Way::Direct };
            import::run(&file, &store.required()?, &way, out).await
        }
        Some(Action::Worker { store, bus }) => worker::run(&store.required()?, &bus.bus, out).await,
        // A report sends no commands, so whatever bus there is stays unused.
        Some(Action::Report { store, bus: _, check, all }) => {
            report::run(&store.required()?, check.as_deref(), all, out).await
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
