//! What a payment says to what is asked of it.

use cqrs::prelude::*;

use super::{
    CancelPayment, CompletePayment, InitiatePayment, Payment, PaymentCancelled, PaymentCompleted,
    PaymentInitiated, RefundPayment, RefundRequested, Standing,
};

/// Why a command about a payment is refused. Nothing has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PaymentError {
    /// The money has come already.
    #[error("the payment is completed, and cannot be given up")]
    Completed,
    /// There is no money that could go back.
    #[error("nothing was paid that could be given back")]
    NotPaid,
}

#[command_handler]
impl Payment {
    fn initiate(command: InitiatePayment) -> PaymentInitiated {
        PaymentInitiated { amount: command.amount }
    }

    /// Money that comes again is no news.
    fn complete(&self, command: CompletePayment) -> Option<PaymentCompleted> {
        let is_news = matches!(self.standing, Standing::Initiated | Standing::Cancelled);
        is_news.then_some(PaymentCompleted { order: command.order })
    }

    fn cancel(&self, _: CancelPayment) -> Result<Option<PaymentCancelled>, PaymentError> {
        match self.standing {
            Standing::Initiated => Ok(Some(PaymentCancelled {})),
            Standing::Cancelled => Ok(None),
            Standing::Completed | Standing::RefundRequested => Err(PaymentError::Completed),
        }
    }

    fn refund(&self, command: RefundPayment) -> Result<Option<RefundRequested>, PaymentError> {
        match self.standing {
            Standing::Completed => Ok(Some(RefundRequested { reason: command.reason })),
            Standing::RefundRequested => Ok(None),
            Standing::Initiated | Standing::Cancelled => Err(PaymentError::NotPaid),
        }
    }
}
