//! `cargo run --release -p bank` runs a scenario;
//! `cargo run --release -p bank -- import examples/bank/sample.csv --db bank.db` takes in real bookings, and
//! `cargo run --release -p bank -- report --db bank.db --check examples/bank/sample.csv` looks at them.

mod arguments;
mod file;
mod import;
mod opening;
mod report;
mod scenario;

use std::{
    io::{self, ErrorKind, IsTerminal},
    process::ExitCode,
};

use clap::Parser;
use tracing_subscriber::EnvFilter;

use arguments::{Action, Arguments};

/// Whether everything was as it should be; what was not has been said.
type Verdict = anyhow::Result<bool>;

/// 0 if everything was as it should be, 1 if not, 2 if it could not be done.
#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new("warn"));
    let colours = io::stderr().is_terminal();
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(io::stderr).with_ansi(colours).init();
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

async fn run(arguments: Arguments) -> Verdict {
    match arguments.action {
        None => scenario::run(arguments.db.as_deref(), &mut io::stdout()).await,
        Some(Action::Import { file, db }) => import::run(&file, &db, &mut io::stdout()).await,
        Some(Action::Report { db, check, all }) => {
            report::run(&db, check.as_deref(), all, &mut io::stdout()).await
        }
    }
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}
