//! Payments: what is known of the money for an order. That money has come is a fact, whatever has become of the order
//! meanwhile: it cannot be refused, and what came too late is given back.

mod deciding;
mod messages;

use cqrs::prelude::*;

use crate::{OrderId, Price};

pub use deciding::PaymentError;
pub use messages::{
    CancelPayment, CompletePayment, InitiatePayment, PaymentCancelled, PaymentCompleted, PaymentInitiated,
    RefundPayment, RefundRequested,
};

/// The payment for an order, which has its number.
#[derive(Aggregate, Serialize, Deserialize, Debug, Clone)]
#[aggregate(id = OrderId)]
pub struct Payment {
    amount: Price,
    standing: Standing,
}

/// How far a payment is.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It was begun, and no money has come.
    Initiated,
    /// The money has come.
    Completed,
    /// It was given up, and no money has come.
    Cancelled,
    /// The money has come, and is to go back.
    RefundRequested,
}

impl Payment {
    /// How far it is.
    pub fn standing(&self) -> Standing {
        self.standing
    }

    /// How much it is.
    pub fn amount(&self) -> Price {
        self.amount
    }
}

#[event_handler]
impl Payment {
    fn initiated(event: &PaymentInitiated) -> Self {
        Self { amount: event.amount, standing: Standing::Initiated }
    }

    fn completed(&mut self, _: &PaymentCompleted) {
        self.standing = Standing::Completed;
    }

    fn cancelled(&mut self, _: &PaymentCancelled) {
        self.standing = Standing::Cancelled;
    }

    fn refund_requested(&mut self, _: &RefundRequested) {
        self.standing = Standing::RefundRequested;
    }
}
