//! One event through a generated handler, against the same `match` by hand: over an enum of the same events, with the same
//! states, and an error for what is out of order.

use std::{hint::black_box, time::Instant};

use cqrs::{
    EventId, Metadata, Position, Version,
    event::{StoredEvent, StoredMetadata},
    handler::{EventContext, Fold, Lifecycle},
};
use cqrs_tests::bank::{Account, AccountClosed, AccountOpened, MoneyCredited, MoneyDebited};

use crate::table::{Row, Target, compare};

const EVENTS: usize = 10_000;
const ROUNDS: u32 = 500;

/// What one would write by hand: the same events and the same states, told apart in the same way.
#[expect(dead_code, reason = "as many kinds as there are")]
enum Happened {
    Opened(AccountOpened),
    Credited(MoneyCredited),
    Debited(MoneyDebited),
    Closed(AccountClosed),
}

#[expect(dead_code, reason = "as many states as there are")]
enum State {
    Absent,
    Open(Account),
    Closed,
}

#[derive(Debug)]
struct OutOfOrder;

// Neither side has less to read.
const _: () = assert!(
    size_of::<Happened>() == size_of::<Event>() && size_of::<State>() == size_of::<Lifecycle<Account>>()
);

type Event = <Account as cqrs::handler::EventHandlers>::Event;

impl State {
    #[inline]
    fn apply(&mut self, event: &Happened) -> Result<(), OutOfOrder> {
        match (&mut *self, event) {
            (Self::Absent, Happened::Opened(event)) => {
                *self = Self::Open(Account { owner: event.owner.clone(), balance: 0 });
            }
            (Self::Open(account), Happened::Credited(event)) => account.balance += event.amount,
            (Self::Open(account), Happened::Debited(event)) => account.balance -= event.amount,
            (Self::Open(_), Happened::Closed(_)) => *self = Self::Closed,
            _ => return Err(OutOfOrder),
        }
        Ok(())
    }
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
    let generated: Vec<Event> = (0..EVENTS)
        .map(|number| one_of(number, MoneyDebited { amount: 1 }, MoneyCredited { amount: 2 }))
        .collect();
    let by_hand: Vec<Happened> = (0..EVENTS)
        .map(|number| {
            one_of(
                number,
                Happened::Debited(MoneyDebited { amount: 1 }),
                Happened::Credited(MoneyCredited { amount: 2 }),
            )
        })
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
            let mut account = State::Open(Account { owner: String::new(), balance: 0 });
            time(|| {
                for event in &by_hand {
                    black_box(&mut account).apply(black_box(event)).unwrap();
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

/// Every third event is a debit.
fn one_of<T>(number: usize, debit: impl Into<T>, credit: impl Into<T>) -> T {
    if number.is_multiple_of(3) { debit.into() } else { credit.into() }
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
