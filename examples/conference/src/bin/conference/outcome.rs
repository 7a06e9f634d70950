//! What came of a sale, by the read models and the payments.

use conference::{
    payments::{Payment, Standing as Paid},
    registration::{
        order::Standing,
        read_models::{DraftOrder, DraftOrders, RemainingSeats},
    },
};
use cqrs::Application;

use crate::{sale::Sale, waiting::catch_up};

/// What came of a sale, counted.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Outcome {
    /// Orders that have all their seats, and are paid.
    pub(crate) complete: u32,
    /// Orders that have fewer seats than they asked for.
    pub(crate) partial: u32,
    /// Those of them that have none.
    pub(crate) without_seats: u32,
    /// Orders whose time was over.
    pub(crate) expired: u32,
    /// Payments that are to go back.
    pub(crate) refunds: u32,
    /// Seats of orders that are paid.
    pub(crate) sold: u32,
    /// Seats of orders that are not.
    pub(crate) held: u32,
    /// Seats that nobody has.
    pub(crate) left: u32,
}

/// Counts what came of a sale.
pub(crate) async fn of(application: &Application, sale: &Sale) -> anyhow::Result<Outcome> {
    catch_up(application).await?;
    let mut outcome = Outcome::default();
    for (_, order) in application.projection::<DraftOrders>().read().of(&sale.conference) {
        outcome.count(order);
    }
    for (seat_type, _) in sale.offered.iter() {
        let remaining = application.projection::<RemainingSeats>();
        let row = remaining.read().row(&sale.conference, seat_type);
        outcome.left += row.map_or(0, |row| row.remaining);
    }
    for order in sale.ids() {
        let payment = application.repository::<Payment>().find(&order).await?;
        let standing = payment.as_ref().and_then(|payment| payment.state()).map(Payment::standing);
        outcome.refunds += u32::from(standing == Some(Paid::RefundRequested));
    }
    Ok(outcome)
}

impl Outcome {
    fn count(&mut self, order: &DraftOrder) {
        let seats = order.reserved.count();
        match order.standing {
            Standing::Confirmed => {
                self.complete += 1;
                self.sold += seats;
            }
            Standing::PartlyReserved => {
                self.partial += 1;
                self.without_seats += u32::from(seats == 0);
                self.held += seats;
            }
            Standing::Expired => self.expired += 1,
            // Neither is to be there any more, and is missed where it is counted.
            Standing::Placed | Standing::Reserved => {}
        }
    }
}
