//! `cargo run --release -p conference` sells out three conferences on one SQLite file, and checks what came of it; with
//! `--db PATH` the file stays. With the feature `postgres`, `--store postgres://HOST/DATABASE` keeps the events there. It can be killed at any moment, and goes on where it was when it is run again on the same file.

mod check;
mod opening;
mod outcome;
mod sale;
mod selling;
mod table;
mod waiting;

use std::{io, path::PathBuf, process::ExitCode};

use anyhow::Context;
use clap::Parser;

use waiting::Progress;

/// Sells out three conferences at once, and checks that exactly the seats there are were sold.
#[derive(Parser, Debug)]
#[command(version)]
struct Arguments {
    /// The file of the events, which is made if there is none. Without it, a temporary one.
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,
    /// The database of the events, such as `postgres://HOST/DATABASE`, in its schema `conference`.
    #[cfg(feature = "postgres")]
    #[arg(long, value_name = "ADDRESS", conflicts_with = "db")]
    store: Option<String>,
}

/// 0 if every number is as it should be, 1 if not, 2 if it could not be done.
#[tokio::main]
async fn main() -> ExitCode {
    match run(Arguments::parse()).await {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::from(2)
        }
    }
}

async fn run(arguments: Arguments) -> anyhow::Result<bool> {
    let folder = tempfile::tempdir().context("cannot make a temporary folder")?;
    #[cfg(feature = "postgres")]
    let database = arguments.store;
    #[cfg(not(feature = "postgres"))]
    let database = None::<String>;
    let file = arguments.db.unwrap_or_else(|| folder.path().join("conference.db"));
    let application = opening::open(database.as_deref(), &file).await?;
    let sales = sale::all();
    let progress =
        Progress::new(sales.iter().map(|sale| u64::from(sale.orders.end - sale.orders.start)).sum());
    let mut outcomes = Vec::new();
    for sale in &sales {
        selling::sell(&application, sale, &progress).await?;
        outcomes.push(outcome::of(&application, sale).await?);
    }
    progress.end();
    let out = &mut io::stdout();
    table::show(&sales, &outcomes, out)?;
    let good = check::all(&application, &sales, &outcomes, out).await?;
    application.shutdown().await?;
    Ok(good)
}
