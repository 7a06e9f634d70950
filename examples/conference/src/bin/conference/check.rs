//! Whether it came out as it must.

use std::io::Write;

use conference::{SeatType, registration::SeatsAvailability};
use cqrs::Application;

use crate::{outcome::Outcome, sale::Sale};

/// What may have left something behind that it could not do.
const WORKERS: [&str; 3] =
    ["process/registration/steps", "process/registration/sender", "offer-announced-seats"];

/// Says of each number that is off what it is and what it must be; `false` if there is any.
pub(crate) async fn all(
    application: &Application,
    sales: &[Sale],
    outcomes: &[Outcome],
    out: &mut impl Write,
) -> anyhow::Result<bool> {
    let mut good = true;
    for (sale, outcome) in sales.iter().zip(outcomes) {
        if *outcome != sale.expected {
            writeln!(out, "{}: IT IS {outcome:?}\n  AND MUST BE {:?}", sale.title, sale.expected)?;
            good = false;
        }
        let (seats, written) = (sale.offered.count(), written(application, sale).await?);
        if outcome.sold + outcome.held + outcome.left != seats || outcome.left != written {
            writeln!(out, "{}: THE SEATS ARE NOT {seats}, OR NOT {written} OF THEM LEFT", sale.title)?;
            good = false;
        }
    }
    for worker in WORKERS {
        for letter in application.dead_letters(worker).list().await? {
            writeln!(out, "{worker} COULD NOT: {}", letter.letter.error)?;
            good = false;
        }
    }
    if good {
        writeln!(out, "every order is as it must be; no seat is sold twice, and none is lost")?;
    }
    Ok(good)
}

/// How many seats nobody has, as the write side says.
async fn written(application: &Application, sale: &Sale) -> anyhow::Result<u32> {
    let seats = application.repository::<SeatsAvailability>().load(&sale.conference).await?;
    let left = |seat_type: &SeatType| seats.state().map_or(0, |seats| seats.remaining(seat_type));
    Ok(sale.offered.iter().map(|(seat_type, _)| left(seat_type)).sum())
}
