//! Parcels and their couriers: a process manager sees each parcel to its door. For mistakes about processes.

use std::time::Duration;

use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct ParcelId(u64);
#[derive(AggregateId, Serialize, Deserialize, Debug, Clone, PartialEq, Eq, Hash)]
pub struct CourierId(String);

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct ParcelPosted { parcel: ParcelId, courier: CourierId, street: String }
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct AddressCorrected { street: String }
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct TourPlanned { stops: u32 }
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct ParcelHandedOver { parcel: ParcelId, to: String }

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct DeliveryOverdue { hours: u32 }
#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct NextAttempt {}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct PostParcel { #[command(id)] parcel: ParcelId, courier: CourierId, street: String }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CorrectAddress { #[command(id)] parcel: ParcelId, street: String }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct PlanTour { #[command(id)] courier: CourierId, parcel: ParcelId }
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct HandOver { #[command(id)] courier: CourierId, parcel: ParcelId, to: String }

/// Handled by another program.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct RefundPostage { #[command(id)] parcel: ParcelId }

#[derive(Debug, thiserror::Error)]
#[error("the tour is full")]
pub struct TourFull;

#[derive(Aggregate, Serialize, Deserialize, Debug)]
#[aggregate(id = ParcelId)]
pub struct Parcel { street: String }

#[event_handler]
impl Parcel {
    fn posted(event: &ParcelPosted) -> Self { Self { street: event.street.clone() } }
    fn corrected(&mut self, event: &AddressCorrected) { self.street = event.street.clone(); }
}

#[command_handler]
impl Parcel {
    fn post(command: PostParcel) -> ParcelPosted {
        ParcelPosted { parcel: command.parcel, courier: command.courier, street: command.street }
    }
    fn correct(&self, command: CorrectAddress) -> AddressCorrected { AddressCorrected { street: command.street } }
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = CourierId)]
pub struct Courier { stops: u32 }

#[event_handler]
impl Courier {
    fn planned(&mut self, event: &TourPlanned) { self.stops = event.stops; }
    fn handed_over(&mut self, _event: &ParcelHandedOver) { self.stops -= 1; }
}

#[command_handler]
impl Courier {
    fn plan(this: Option<&Self>, _command: PlanTour) -> Result<TourPlanned, TourFull> {
        let stops = this.map_or(0, |courier| courier.stops);
        if stops > 80 { return Err(TourFull) }
        Ok(TourPlanned { stops: stops + 1 })
    }
    fn hand_over(&self, command: HandOver) -> ParcelHandedOver {
        ParcelHandedOver { parcel: command.parcel, to: command.to }
    }
}

#[derive(ProcessManager, Serialize, Deserialize, Debug, Clone)]
#[process_manager(id = ParcelId, from = now)]
pub enum Delivery {
    Waiting { courier: CourierId, attempts: u32 },
    OnTour { courier: CourierId, stops: u32 },
}

#[event_handler]
impl Delivery {
    #[correlate(event.parcel)]
    fn posted(event: &ParcelPosted, mut outbox: Outbox<'_, Self>) -> Self {
        let ParcelPosted { parcel, courier, .. } = event.clone();
        outbox.send(PlanTour { courier: courier.clone(), parcel }).expires_after(Duration::from_secs(3600));
        outbox.schedule(DeliveryOverdue { hours: 48 }).after(Duration::from_secs(48 * 3600));
        Self::Waiting { courier, attempts: 1 }
    }
    #[correlate(stream)]
    fn corrected(&mut self, _event: &AddressCorrected, parcel: Id<Parcel>, mut outbox: Outbox<'_, Self>) {
        if let Self::OnTour { courier, .. } = self {
            outbox.send(PlanTour { courier: courier.clone(), parcel: parcel.clone() });
        }
    }
    #[correlate(cause)]
    fn planned(self, event: &TourPlanned) -> Self {
        let (Self::Waiting { courier, .. } | Self::OnTour { courier, .. }) = self;
        Self::OnTour { courier, stops: event.stops }
    }
    #[correlate(event.parcel)]
    fn handed_over(self, event: &ParcelHandedOver, mut outbox: Outbox<'_, Self>) -> Ended {
        outbox.cancel::<DeliveryOverdue>();
        Ended
    }
    #[timer]
    fn overdue(&mut self, event: &DeliveryOverdue, mut outbox: Outbox<'_, Self>) {
        outbox.schedule(NextAttempt {}).after(Duration::from_secs(u64::from(event.hours)));
    }
    #[timer]
    fn next_attempt(&mut self, _event: &NextAttempt) {
        if let Self::Waiting { attempts, .. } = self { *attempts += 1 }
    }
    fn tour_full(self, refusal: &Refused<PlanTour>, mut outbox: Outbox<'_, Self>) -> Ended {
        outbox.send_remote(RefundPostage { parcel: refusal.command().parcel.clone() });
        Ended
    }
}

pub async fn post(app: &Application, parcel: u64, courier: &str) -> bool {
    let (parcel, courier) = (ParcelId(parcel), CourierId(courier.to_owned()));
    app.dispatch(PostParcel { parcel, courier, street: "Elm Street 1".to_owned() }).await.is_ok()
}

fn main() {}
