//! Looking the log over.

use std::collections::HashMap;

use crate::{
    error_chain::chain,
    message::{Position, Version},
    store::{CheckReport, Damage, StoreError},
};

use super::{
    NatsStore,
    cursor::{Cursor, Delivered, Start},
    record::Record,
    sequence,
    subscriptions::{CHECKPOINTS, Kept},
};

const CHECK: &str = "check the store";

/// How many messages are asked for at a time.
const BATCH: usize = 256;

/// A check in the making.
#[derive(Default)]
struct Check {
    report: CheckReport,
    /// Where each stream ended so far, by its subject.
    ends: HashMap<Box<str>, Version>,
}

impl NatsStore {
    /// Looks the whole log over: whether each message agrees with itself, the versions of each stream, every event's JSON
    /// and metadata; whether a checkpoint stands where there is no event yet; and what waits. It reads everything once, and
    /// remembers the subject of every stream.
    ///
    /// Names and schema versions that no event type of the program has are not known here, and not reported.
    pub async fn check(&self) -> Result<CheckReport, StoreError> {
        let inside = self.enter().await?;
        let last = inside.events.last_sequence(CHECK).await?;
        let mut cursor = Cursor::open(inside.events.clone(), CHECK, String::new(), Start::After(0)).await?;
        let mut check = Check::default();
        while let Some(delivered) = cursor.front(BATCH, last).await? {
            check.message(delivered);
            cursor.pop();
        }
        cursor.retire().await;
        let kept = inside.subscriptions.list::<Kept>(CHECK, CHECKPOINTS).await?;
        check.checkpoints(kept, inside.head().await?);
        inside.due.check(&mut check.report).await?;
        Ok(check.report)
    }
}

impl Check {
    fn message(&mut self, delivered: &Delivered) {
        let Delivered { sequence, message } = delivered;
        let record = Record::read(*sequence, &message.subject, message.headers.as_ref(), &message.payload);
        match record {
            Ok(record) => self.record(*sequence, &message.subject, &record),
            Err(error) => self
                .report
                .damage
                .push(Damage::Event { position: sequence::position(*sequence, 0), what: chain(&error) }),
        }
    }

    fn checkpoints(&mut self, kept: Vec<Kept>, head: Position) {
        let ahead = kept.into_iter().filter(|kept| kept.position > head);
        self.report.damage.extend(ahead.map(|kept| Damage::Checkpoint {
            subscription: kept.name,
            position: kept.position,
            head,
        }));
    }

    fn record(&mut self, sequence: u64, subject: &str, record: &Record<'_>) {
        let end = self.ends.entry(subject.into()).or_default();
        let (expected, found) = (end.next(), record.first_version());
        if found != expected {
            let position = sequence::position(sequence, record.count().saturating_sub(1));
            let stream = record.stream();
            self.report.damage.push(Damage::VersionGap { position, stream, expected, found });
        }
        *end = record.last_version();
        for (event, _) in record.events() {
            let position = event.position;
            let checked = event.metadata().map_err(|error| chain(&error));
            self.report.take_in(position, checked.map(|_| event));
        }
    }
}
