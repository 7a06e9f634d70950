//! One piece of business from its first cause to its end.

use std::io::Write;

use bank::account::{AccountEvent, MoneyCredited, MoneyDebited};
use cqrs::{CorrelationId, application::HistoryEntry, event::RecordedEvent};

use crate::opening::Bank;

/// Shows what carries the correlation id: events, and commands that were refused.
pub(super) async fn show(bank: &Bank, id: CorrelationId, out: &mut impl Write) -> anyhow::Result<()> {
    writeln!(out, "\nhistory of correlation id {id}")?;
    for entry in bank.application.history().by_correlation_id(id).await? {
        match entry {
            HistoryEntry::Event(event) => write_event(&event, out)?,
            HistoryEntry::Failure(failure) => {
                writeln!(out, "  {:<12}  {:<22}  {}", failure.code, failure.name, failure.error)?;
            }
        }
    }
    Ok(())
}

fn write_event(event: &RecordedEvent, out: &mut impl Write) -> anyhow::Result<()> {
    let envelope = &event.envelope;
    let place = format!("{} v{}", envelope.stream, envelope.version);
    writeln!(out, "  {place:<12}  {:<22}  {}", envelope.name, description(&event.decode()?))?;
    Ok(())
}

fn description(event: &AccountEvent) -> String {
    match event {
        AccountEvent::Opened(event) => format!("{}, {}", event.owner, event.email),
        AccountEvent::EmailChanged(event) => event.email.to_string(),
        AccountEvent::PasswordChanged(_) => "not shown".to_owned(),
        AccountEvent::Credited(MoneyCredited { amount, booked_on, operation }) => {
            format!("{booked_on} +{amount:#} {operation}")
        }
        AccountEvent::Debited(MoneyDebited { amount, booked_on, operation }) => {
            format!("{booked_on} -{amount:#} {operation}")
        }
    }
}
