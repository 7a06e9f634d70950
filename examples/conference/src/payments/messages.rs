//! What is asked for about payments, and what happens.

use cqrs::prelude::*;

use crate::{OrderId, Price};

/// Begin to pay.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct InitiatePayment {
    /// For which order.
    #[command(id)]
    pub order: OrderId,
    /// How much.
    pub amount: Price,
}

/// Note that the money has come.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CompletePayment {
    /// For which order.
    #[command(id)]
    pub order: OrderId,
}

/// Give the payment up.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct CancelPayment {
    /// For which order.
    #[command(id)]
    pub order: OrderId,
}

/// Ask for the money to go back.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct RefundPayment {
    /// For which order.
    #[command(id)]
    pub order: OrderId,
    /// Why.
    pub reason: String,
}

/// A payment was begun.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PaymentInitiated {
    /// How much it is.
    pub amount: Price,
}

/// The money has come.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PaymentCompleted {
    /// For which order.
    pub order: OrderId,
}

/// The payment was given up.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct PaymentCancelled {}

/// The money is to go back: somebody will see to it.
#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub struct RefundRequested {
    /// Why.
    pub reason: String,
}
