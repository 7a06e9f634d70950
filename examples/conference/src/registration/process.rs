//! The process: from an order to its payment, or to the end of its time.

use std::time::Duration;

use cqrs::prelude::*;

use crate::{
    ConferenceId, OrderId, Price, Seats,
    payments::{PaymentCompleted, RefundPayment},
};

use super::{
    CreateSeatAssignments,
    availability::{CancelReservation, CommitReservation, MakeReservation, SeatsReserved},
    order::{ConfirmOrder, ExpireOrder, MarkSeatsReserved, OrderConfirmed, OrderPlaced, OrderUpdated},
};

/// So long after the end of an order's time a payment for it is waited for at the most.
const LATE: Duration = Duration::from_hours(24);

/// The time of an order is over.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct RegistrationExpired {}

/// No payment is waited for any more for an order whose time was over.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct LatePaymentsOver {}

/// Gets seats for an order, waits for its payment, and gives the seats back if that does not come in time.
#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone, PartialEq)]
#[process_manager(id = OrderId, from = now)]
pub struct Registration {
    order: OrderId,
    conference: ConferenceId,
    progress: Progress,
}

/// How far a registration is.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
pub enum Progress {
    /// It has asked for seats, and waits for the answer to this reservation.
    Reserving(u32),
    /// It has these seats, and waits for the money.
    AwaitingPayment(Seats),
    /// The order is being confirmed.
    Confirming,
    /// Its time is over. Who pays now gets the money back.
    Expired,
}

#[event_handler]
impl Registration {
    #[correlate(event.order)]
    fn placed(event: &OrderPlaced, envelope: &Envelope, mut outbox: Outbox<'_, Self>) -> Self {
        let OrderPlaced { order, conference, seats, until } = event.clone();
        let in_time = until > envelope.metadata.time;
        let progress = if in_time { Progress::Reserving(1) } else { Progress::Expired };
        if in_time {
            outbox.send(MakeReservation { conference: conference.clone(), order, reservation: 1, seats });
            outbox.schedule(RegistrationExpired {}).at(until);
        } else {
            outbox.send(ExpireOrder { order });
            outbox.schedule(LatePaymentsOver {}).after(LATE);
        }
        Self { order, conference, progress }
    }

    /// It asks again. What it holds, it holds until the answer.
    #[correlate(event.order)]
    fn updated(&mut self, event: &OrderUpdated, mut outbox: Outbox<'_, Self>) {
        if matches!(self.progress, Progress::Confirming | Progress::Expired) {
            return;
        }
        let OrderUpdated { order, seats, reservation } = event.clone();
        self.progress = Progress::Reserving(reservation);
        outbox.send(MakeReservation { conference: self.conference.clone(), order, reservation, seats });
    }

    /// The answer to an earlier reservation is passed over, and so is one that comes again.
    #[correlate(event.order)]
    fn reserved(&mut self, event: &SeatsReserved, mut outbox: Outbox<'_, Self>) {
        if self.progress != Progress::Reserving(event.reservation) {
            return;
        }
        let SeatsReserved { order, reservation, wanted, seats, total } = event.clone();
        let is_free = seats == wanted && total == Price::FREE;
        outbox.send(MarkSeatsReserved { order, reservation, seats: seats.clone(), total });
        if is_free {
            self.confirm(seats, &mut outbox);
        } else {
            self.progress = Progress::AwaitingPayment(seats);
        }
    }

    #[correlate(event.order)]
    fn paid(&mut self, _: &PaymentCompleted, mut outbox: Outbox<'_, Self>) {
        match &self.progress {
            Progress::AwaitingPayment(seats) if !seats.is_empty() => {
                let seats = seats.clone();
                self.confirm(seats, &mut outbox);
            }
            Progress::Confirming => {}
            Progress::Expired => self.refund("the time of the order was over", &mut outbox),
            Progress::AwaitingPayment(_) => self.refund("the order has no seats", &mut outbox),
            Progress::Reserving(_) => self.refund("the order has just been changed", &mut outbox),
        }
    }

    #[correlate(event.order)]
    fn confirmed(self, _: &OrderConfirmed) -> Ended {
        Ended
    }

    fn not_confirmed(&mut self, refusal: &Refused<ConfirmOrder>, mut outbox: Outbox<'_, Self>) {
        self.refund(refusal.text(), &mut outbox);
    }

    /// A reservation that is answered later is asked for earlier: the seats go back after it.
    #[timer]
    fn expired(&mut self, _: &RegistrationExpired, mut outbox: Outbox<'_, Self>) {
        self.progress = Progress::Expired;
        outbox.send(CancelReservation { conference: self.conference.clone(), order: self.order });
        outbox.send(ExpireOrder { order: self.order });
        outbox.schedule(LatePaymentsOver {}).after(LATE);
    }

    #[timer]
    fn late_payments_over(self, _: &LatePaymentsOver) -> Ended {
        Ended
    }
}

impl Registration {
    /// How far it is.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    fn confirm(&mut self, seats: Seats, outbox: &mut Outbox<'_, Self>) {
        let (order, conference) = (self.order, self.conference.clone());
        self.progress = Progress::Confirming;
        outbox.cancel::<RegistrationExpired>();
        outbox.send(CommitReservation { conference, order });
        outbox.send(CreateSeatAssignments { order, seats: seats.clone() });
        outbox.send(ConfirmOrder { order, seats });
    }

    fn refund(&self, reason: &str, outbox: &mut Outbox<'_, Self>) {
        outbox.send(RefundPayment { order: self.order, reason: reason.to_owned() });
    }
}
