//! What the program is asked to do.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Parser, Subcommand};

use crate::place::{BusAddress, StoreAddress};

/// A bank. Without a subcommand: a scenario, from opening an account to a refused debit.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    /// Where the scenario plays; there must be no bank yet. Without it, in a temporary file.
    #[command(flatten)]
    pub(crate) store: StoreArgument,
    #[command(flatten)]
    pub(crate) bus: BusArgument,
}

/// Where the bank is kept.
#[derive(Args, Debug, Clone)]
#[group(multiple = false)]
pub(crate) struct StoreArgument {
    /// The bank's file, in short.
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,
    /// Where the bank is kept: `sqlite:PATH`, `postgres://HOST/DATABASE` (in the schema `bank`, or that of `?schema=NAME`)
    /// or `nats://HOST/PREFIX`.
    #[arg(long, value_name = "ADDRESS")]
    store: Option<StoreAddress>,
}

impl StoreArgument {
    /// The one that was given, if any.
    pub(crate) fn address(self) -> Option<StoreAddress> {
        self.store.or_else(|| self.db.map(StoreAddress::Sqlite))
    }

    /// The one that was given.
    pub(crate) fn required(self) -> anyhow::Result<StoreAddress> {
        self.address().context("say where the bank is: `--db PATH` or `--store ADDRESS`")
    }
}

/// Over what commands go.
#[derive(Args, Debug, Clone)]
pub(crate) struct BusArgument {
    /// Over what commands go: `memory`, `amqp://USER:PASSWORD@HOST` (names begin with `bank`, or with `?prefix=NAME`) or
    /// `nats://HOST/PREFIX`, with `?instance=NAME` if this process keeps a name when it is started again.
    #[arg(long, value_name = "ADDRESS", default_value = "memory")]
    pub(crate) bus: BusAddress,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Action {
    /// Takes in bookings from a CSV file with the columns
    /// `transaction_id,account_id,date,kind,operation,amount,balance`.
    ///
    /// An account is opened when it first occurs. The import can be interrupted at any moment and run again: what is in
    /// already is not taken in twice. Rows that cannot be booked are reported, and the exit status is 1; a row the
    /// bank refused is tried again when the file is.
    Import {
        /// The CSV file.
        file: PathBuf,
        #[command(flatten)]
        store: StoreArgument,
        #[command(flatten)]
        bus: BusArgument,
        /// Sends the commands over the bus, and waits until they have been handled: by `bank worker` on other terminals,
        /// or in this process if the bus is in memory.
        #[arg(long)]
        via_bus: bool,
    },
    /// Handles commands that come over the bus, with as many others as one likes, until it is interrupted.
    Worker {
        #[command(flatten)]
        store: StoreArgument,
        #[command(flatten)]
        bus: BusArgument,
    },
    /// Shows accounts, months and the total of all balances.
    Report {
        #[command(flatten)]
        store: StoreArgument,
        #[command(flatten)]
        bus: BusArgument,
        /// Compares every account with the last balance this CSV file prints for it; the exit status is 1 if one
        /// is off by more than the bank's rounding of interest, 0.10 for each interest row.
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
        /// Shows every account and every month, not only some.
        #[arg(long)]
        all: bool,
    },
}
