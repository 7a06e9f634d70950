//! The process.

use std::time::Duration;

use cqrs::{Timestamp, prelude::*};
use serde::{Deserialize, Serialize};

use crate::{
    aggregates::Order,
    messages::{
        ConferenceId, GiveSeatsBack, OrderId, OrderNoted, OrderPlaced, PaymentCompleted, RefundPayment,
        RegistrationExpired, Remind, ReminderDue, ReserveSeats, SeatsReserved,
    },
};

/// From an order to its payment, or to the end of its time.
#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[process_manager(id = OrderId, from = now)]
pub enum Registration {
    Reserving { conference: ConferenceId, until: Timestamp, notes: u32 },
    AwaitingPayment { conference: ConferenceId, seats: u32 },
}

#[event_handler]
impl Registration {
    #[correlate(event.order)]
    fn placed(event: &OrderPlaced, mut outbox: Outbox<'_, Self>) -> Self {
        let OrderPlaced { order, conference, seats, until } = event.clone();
        outbox.send(ReserveSeats { conference: conference.clone(), order, seats });
        outbox.schedule(RegistrationExpired {}).at(until);
        Self::Reserving { conference, until, notes: 0 }
    }

    #[correlate(stream)]
    fn noted(&mut self, event: &OrderNoted, order: Id<Order>, mut outbox: Outbox<'_, Self>) {
        match event.note.as_str() {
            "panic" => panic!("no such note"),
            "many" => (0..2_000).for_each(|number| {
                outbox.send(Remind { order: order.clone(), number });
            }),
            "remind" => {
                let remind = Remind { order: order.clone(), number: 1 };
                outbox.send(remind).after(Duration::from_mins(1)).expires_after(Duration::from_secs(5));
                outbox.schedule(ReminderDue { number: 1 }).after(Duration::from_mins(2));
            }
            "forget" => outbox.cancel::<ReminderDue>(),
            "renew" => {
                outbox.cancel::<RegistrationExpired>();
                outbox.schedule(RegistrationExpired {}).after(Duration::from_mins(15));
            }
            "give up" => {
                outbox.schedule(RegistrationExpired {}).after(Duration::from_mins(15));
                outbox.cancel::<RegistrationExpired>();
            }
            _ => {}
        }
        if let Self::Reserving { notes, .. } = self {
            *notes += 1;
        }
    }

    #[correlate(cause)]
    fn reserved(self, event: &SeatsReserved, envelope: &Envelope) -> Self {
        assert!(envelope.metadata.causation_id.is_some());
        match self {
            Self::Reserving { conference, .. } => Self::AwaitingPayment { conference, seats: event.seats },
            other @ Self::AwaitingPayment { .. } => other,
        }
    }

    #[correlate(event.order)]
    fn paid(self, event: &PaymentCompleted, mut outbox: Outbox<'_, Self>) -> Ended {
        if matches!(self, Self::Reserving { .. }) {
            outbox.send_remote(RefundPayment { order: event.order.clone() });
        }
        Ended
    }

    #[timer]
    fn expired(self, _: &RegistrationExpired, mut outbox: Outbox<'_, Self>) -> Ended {
        let (Self::Reserving { conference, .. } | Self::AwaitingPayment { conference, .. }) = self;
        outbox.send(GiveSeatsBack { conference, order: OrderId(0) });
        outbox.schedule(ReminderDue { number: 9 }).after(Duration::ZERO);
        Ended
    }

    #[timer]
    fn reminder(&mut self, event: &ReminderDue, mut outbox: Outbox<'_, Self>) {
        outbox.schedule(ReminderDue { number: event.number + 1 }).after(Duration::from_secs(10));
    }

    fn no_seats(self, refusal: &Refused<ReserveSeats>, mut outbox: Outbox<'_, Self>) -> Self {
        let ReserveSeats { conference, order, seats } = refusal.command().clone();
        if seats > 1 {
            outbox.send(ReserveSeats { conference, order, seats: seats - 1 });
        }
        self
    }
}
