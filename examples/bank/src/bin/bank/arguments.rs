//! What the program is asked to do.

use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// A bank on one SQLite file. Without a subcommand: a scenario, from opening an account to a refused debit.
#[derive(Parser, Debug)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) action: Option<Action>,
    /// The file the scenario makes; it must not exist. Without it, a temporary one.
    #[arg(long, value_name = "PATH")]
    pub(crate) db: Option<PathBuf>,
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
        /// The bank's file; made if there is none.
        #[arg(long, value_name = "PATH")]
        db: PathBuf,
    },
    /// Shows accounts, months and the total of all balances.
    Report {
        /// The bank's file.
        #[arg(long, value_name = "PATH")]
        db: PathBuf,
        /// Compares every account with the last balance this CSV file prints for it; the exit status is 1 if one
        /// is off by more than the bank's rounding of interest, 0.10 for each interest row.
        #[arg(long, value_name = "FILE")]
        check: Option<PathBuf>,
        /// Shows every account and every month, not only some.
        #[arg(long)]
        all: bool,
    },
}
