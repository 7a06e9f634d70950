//! Running the program, and files for it.

use std::{
    ffi::OsStr,
    fmt::Write as _,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

use tempfile::TempDir;

/// The sample that comes with the project.
pub(crate) const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/sample.csv");

pub(crate) const HEADER: &str = "transaction_id,account_id,date,kind,operation,amount,balance\n";

/// A directory of its own, gone after the test.
pub(crate) struct Place(TempDir);

/// What a run of the program came to.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) status: Option<i32>,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn file(&self, name: &str, content: impl AsRef<[u8]>) -> PathBuf {
        let path = self.path(name);
        fs::write(&path, content).unwrap();
        path
    }

    /// The bank's file.
    pub(crate) fn db(&self) -> PathBuf {
        self.path("bank.db")
    }

    pub(crate) fn import(&self, file: impl AsRef<Path>) -> Run {
        run([OsStr::new("import"), file.as_ref().as_os_str(), OsStr::new("--db"), self.db().as_os_str()])
    }

    pub(crate) fn report(&self, more: &[&OsStr]) -> Run {
        run([OsStr::new("report"), OsStr::new("--db"), self.db().as_os_str()]
            .into_iter()
            .chain(more.iter().copied()))
    }

    pub(crate) fn check(&self, file: impl AsRef<Path>) -> Run {
        self.report(&[OsStr::new("--check"), file.as_ref().as_os_str()])
    }
}

impl Run {
    /// The run, which must have succeeded and have had nothing to complain about.
    #[track_caller]
    pub(crate) fn clean(self) -> Self {
        assert!(self.status == Some(0) && self.err.is_empty(), "{self:#?}");
        self
    }

    /// The run, which must have ended with this status.
    #[track_caller]
    pub(crate) fn failed(self, status: i32) -> Self {
        assert_eq!(self.status, Some(status), "{self:#?}");
        self
    }

    /// The run, whose output must contain this text.
    #[track_caller]
    pub(crate) fn says(self, text: &str) -> Self {
        assert!(self.out.contains(text), "not said: {text}\n{self:#?}");
        self
    }

    /// The run, whose complaints must contain this text.
    #[track_caller]
    pub(crate) fn complains(self, text: &str) -> Self {
        assert!(self.err.contains(text), "not complained: {text}\n{self:#?}");
        self
    }
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        Self { status: output.status.code(), out: text(output.stdout), err: text(output.stderr) }
    }
}

pub(crate) fn program<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bank"));
    command.args(arguments).env_remove("RUST_LOG").stdin(Stdio::null());
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

pub(crate) fn run<I: AsRef<OsStr>>(arguments: impl IntoIterator<Item = I>) -> Run {
    program(arguments).output().unwrap().into()
}

/// A file of `rows` made-up bookings of `accounts` accounts, every third of them a debit.
pub(crate) fn made_up(rows: u32, accounts: u32) -> String {
    let (mut file, mut balances) = (HEADER.to_owned(), vec![0_i64; accounts as usize]);
    for row in 0..rows {
        let (account, debit) = (row % accounts, row % 3 == 2);
        let amount = i64::from(row % 97) * 100 + 5;
        let balance = &mut balances[account as usize];
        *balance += if debit { -amount } else { amount };
        let (kind, day) = (if debit { "debit" } else { "credit" }, row % 28 + 1);
        let (amount, balance) =
            (bank::Money::from_hundredths(amount), bank::Money::from_hundredths(*balance));
        writeln!(file, "{row},{account},2024-02-{day:02},{kind},made up,{amount},{balance}").unwrap();
    }
    file
}
