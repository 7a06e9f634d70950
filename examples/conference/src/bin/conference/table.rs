//! What came of the sales, as a table.

use std::io::{self, Write};

use crate::{outcome::Outcome, sale::Sale};

pub(crate) fn show(sales: &[Sale], outcomes: &[Outcome], out: &mut impl Write) -> io::Result<()> {
    let headings = ["orders", "complete", "partial", "no seat", "expired", "refunds", "sold", "held", "left"];
    write!(out, "{:<24}", "sale")?;
    for heading in headings {
        write!(out, " {heading:>8}")?;
    }
    writeln!(out)?;
    for (sale, outcome) in sales.iter().zip(outcomes) {
        let Outcome { complete, partial, without_seats, expired, refunds, sold, held, left } =
            outcome.clone();
        let orders = sale.orders.end - sale.orders.start;
        write!(out, "{:<24}", sale.title)?;
        for number in [orders, complete, partial, without_seats, expired, refunds, sold, held, left] {
            write!(out, " {number:>8}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}
