//! One event through a generated handler, against the same `match` by hand.

use std::{hint::black_box, time::Instant};

use cqrs::{
    EventId, Metadata, Position, Version,
    event::{StoredEvent, StoredMetadata},
    handler::{EventContext, Fold, Lifecycle},
};
use cqrs_tests::bank::{Account, MoneyCredited, MoneyDebited};

use crate::table::{Row, Target, compare};

const EVENTS: usize = 10_000;
const ROUNDS: u32 = 500;

enum ByHand {
    Credited { amount: i64 },
    Debited { amount: i64 },
}

pub fn row() -> Row {
    let metadata = Metadata::new();
    let stored = StoredEvent {
        position: Position::START,
        category: "account",
        key: "1",
        version: Version::NONE,
        id: EventId::generate(),
        name: "money-credited",
        schema_version: 1,
        payload: "{}",
        metadata: StoredMetadata::Value(&metadata),
    };
    let generated: Vec<<Account as cqrs::handler::EventHandlers>::Event> = (0..EVENTS)
        .map(|number| {
            if number % 3 == 0 {
                MoneyDebited { amount: 1 }.into()
            } else {
                MoneyCredited { amount: 2 }.into()
            }
        })
        .collect();
    let by_hand: Vec<ByHand> = (0..EVENTS)
        .map(
            |number| {
                if number % 3 == 0 { ByHand::Debited { amount: 1 } } else { ByHand::Credited { amount: 2 } }
            },
        )
        .collect();
    let (ours, other, ratio) = compare(
        || {
            let mut account = Lifecycle::Live(Account { owner: String::new(), balance: 0 });
            time(|| {
                let context = EventContext::stored(stored);
                for event in &generated {
                    Account::fold(black_box(&mut account), black_box(event), &context).unwrap();
                }
            })
        },
        || {
            let mut account = Account { owner: String::new(), balance: 0 };
            time(|| {
                for event in &by_hand {
                    let account = black_box(&mut account);
                    match black_box(event) {
                        ByHand::Credited { amount } => account.balance += amount,
                        ByHand::Debited { amount } => account.balance -= amount,
                    }
                }
            })
        },
    );
    Row {
        name: "one event through a generated handler, against the same `match` by hand",
        ours: format!("{ours:.2} ns"),
        other: format!("{other:.2} ns"),
        ratio,
        target: Target::AtMost(1.2),
    }
}

/// Nanoseconds an event.
fn time(mut work: impl FnMut()) -> f64 {
    let started = Instant::now();
    for _ in 0..ROUNDS {
        work();
    }
    #[allow(clippy::cast_precision_loss, reason = "counts are small")]
    let events = f64::from(ROUNDS) * EVENTS as f64;
    started.elapsed().as_secs_f64() * 1e9 / events
}
