//! One row: a booking, or why it is none.

use std::{fmt, str::FromStr};

use bank::{AccountId, Date, Money, money::InvalidMoney};
use csv::ByteRecord;

use super::lines::LONGEST;

/// The columns, by name, in order.
pub(super) const COLUMNS: [&str; 7] =
    ["transaction_id", "account_id", "date", "kind", "operation", "amount", "balance"];

/// A booking.
#[derive(Debug, PartialEq)]
pub(crate) struct Row {
    /// The line it stands in, from 1, which is the header.
    pub(crate) line: u64,
    /// Which transaction of the bank it is.
    pub(crate) transaction: u64,
    pub(crate) account: AccountId,
    pub(crate) booked_on: Date,
    pub(crate) kind: Kind,
    /// In which way, such as `cash deposit`.
    pub(crate) operation: String,
    /// How much; above zero, whatever the kind.
    pub(crate) amount: Money,
    /// What the bank printed as the balance after it.
    pub(crate) balance: Money,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Credit,
    Debit,
}

/// Why a line is no booking.
#[derive(Debug, PartialEq, thiserror::Error)]
pub(crate) enum BadRow {
    #[error("is longer than {LONGEST} bytes")]
    TooLong,
    #[error("is not UTF-8")]
    NotUtf8,
    #[error("has {found} columns, not {}", COLUMNS.len())]
    Columns { found: usize },
    #[error("{column}: `{value}` is not a whole number in range")]
    Number { column: &'static str, value: String },
    #[error("date: `{0}` is not a day such as 1993-01-31")]
    Date(String),
    #[error("kind: `{0}` is neither credit nor debit")]
    Kind(String),
    #[error("{column}: {reason}")]
    Money { column: &'static str, reason: InvalidMoney },
    #[error("amount: `{0}` is not above zero; the kind says the direction")]
    NotPositive(String),
}

impl Row {
    pub(super) fn read(line: u64, record: &ByteRecord) -> Result<Self, BadRow> {
        let fields: Vec<&str> =
            record.iter().map(str::from_utf8).collect::<Result<_, _>>().map_err(|_| BadRow::NotUtf8)?;
        let &[transaction, account, date, kind, operation, amount, balance] = fields.as_slice() else {
            return Err(BadRow::Columns { found: fields.len() });
        };
        Ok(Self {
            line,
            transaction: number(COLUMNS[0], transaction)?,
            account: AccountId::new(number(COLUMNS[1], account)?),
            booked_on: day(date)?,
            kind: kind.parse()?,
            operation: operation.to_owned(),
            amount: positive(amount)?,
            balance: money(COLUMNS[6], balance)?,
        })
    }
}

fn number<N: FromStr>(column: &'static str, text: &str) -> Result<N, BadRow> {
    // `FromStr` would take a plus sign, and with it two spellings of one number.
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let parsed = digits.then(|| text.parse().ok()).flatten();
    parsed.ok_or_else(|| BadRow::Number { column, value: text.to_owned() })
}

fn day(text: &str) -> Result<Date, BadRow> {
    // `strptime` alone would take `1993-1-1`.
    let parsed = (text.len() == "1993-01-31".len()).then(|| Date::strptime("%Y-%m-%d", text).ok()).flatten();
    parsed.ok_or_else(|| BadRow::Date(text.to_owned()))
}

fn money(column: &'static str, text: &str) -> Result<Money, BadRow> {
    text.parse().map_err(|reason| BadRow::Money { column, reason })
}

fn positive(text: &str) -> Result<Money, BadRow> {
    let amount = money(COLUMNS[5], text)?;
    if amount > Money::ZERO { Ok(amount) } else { Err(BadRow::NotPositive(text.to_owned())) }
}

impl FromStr for Kind {
    type Err = BadRow;

    fn from_str(text: &str) -> Result<Self, BadRow> {
        match text {
            "credit" => Ok(Self::Credit),
            "debit" => Ok(Self::Debit),
            _ => Err(BadRow::Kind(text.to_owned())),
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Credit => "credit",
            Self::Debit => "debit",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(fields: &[&[u8]]) -> Result<Row, BadRow> {
        Row::read(2, &fields.iter().copied().collect())
    }

    fn with(column: usize, value: &str) -> Result<Row, BadRow> {
        let mut fields = ["7", "1", "2024-01-05", "debit", "cash withdrawal", "12.50", "-2.50"];
        fields[column] = value;
        read(&fields.map(str::as_bytes))
    }

    #[test]
    fn a_row_is_read_in_full() {
        let row = with(0, "7").unwrap();
        assert_eq!((row.line, row.transaction, row.account), (2, 7, AccountId::new(1)));
        assert_eq!((row.booked_on.to_string().as_str(), row.kind), ("2024-01-05", Kind::Debit));
        assert_eq!((row.amount.hundredths(), row.balance.hundredths()), (1_250, -250));
    }

    #[test]
    fn each_column_says_what_is_wrong_with_it() {
        let number = |column, value: &str| Err(BadRow::Number { column, value: value.to_owned() });
        assert_eq!(with(0, "+7"), number("transaction_id", "+7"));
        assert_eq!(with(1, "4294967296"), number("account_id", "4294967296"));
        for value in ["1993-1-1", "1993-02-30", "01.01.1993", "1993-01-01T00:00", ""] {
            assert_eq!(with(2, value), Err(BadRow::Date(value.to_owned())));
        }
        assert_eq!(with(3, "Credit"), Err(BadRow::Kind("Credit".to_owned())));
        assert_eq!(with(5, "-1.00"), Err(BadRow::NotPositive("-1.00".to_owned())));
        assert_eq!(with(5, "0.00"), Err(BadRow::NotPositive("0.00".to_owned())));
        let reason = InvalidMoney::NotANumber("much".to_owned());
        assert_eq!(with(6, "much"), Err(BadRow::Money { column: "balance", reason }));
        assert_eq!(read(&[b"7", b"1"]), Err(BadRow::Columns { found: 2 }));
        assert_eq!(read(&[b"\xff"]), Err(BadRow::NotUtf8));
    }
}
