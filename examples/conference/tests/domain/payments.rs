//! Payments.

use conference::{
    OrderId, Price,
    payments::{
        CancelPayment, CompletePayment, Payment, PaymentCancelled, PaymentCompleted, PaymentError,
        PaymentInitiated, RefundPayment, RefundRequested,
    },
};
use cqrs::testing::given;

const ORDER: OrderId = OrderId::new(7);

fn initiated() -> PaymentInitiated {
    PaymentInitiated { amount: Price::hundredths(2_000) }
}

#[tokio::test]
async fn money_that_has_come_is_noted_once_whatever_was_thought_before() {
    let complete = || CompletePayment { order: ORDER };
    let completed = PaymentCompleted { order: ORDER };
    given::<Payment>(initiated()).when(complete()).await.then(completed.clone());
    given::<Payment>((initiated(), PaymentCancelled {})).when(complete()).await.then(completed.clone());
    given::<Payment>((initiated(), completed)).when(complete()).await.then_nothing();
}

#[tokio::test]
async fn a_payment_is_given_up_only_before_the_money_has_come() {
    let cancel = || CancelPayment { order: ORDER };
    given::<Payment>(initiated()).when(cancel()).await.then(PaymentCancelled {});
    let history = given::<Payment>((initiated(), PaymentCompleted { order: ORDER }));
    history.when(cancel()).await.then_rejected(PaymentError::Completed);
}

#[tokio::test]
async fn only_what_was_paid_goes_back_and_it_goes_once() {
    let refund = || RefundPayment { order: ORDER, reason: "late".to_owned() };
    let requested = RefundRequested { reason: "late".to_owned() };
    let completed = PaymentCompleted { order: ORDER };
    given::<Payment>((initiated(), completed.clone())).when(refund()).await.then(requested.clone());
    given::<Payment>((initiated(), completed, requested)).when(refund()).await.then_nothing();
    given::<Payment>(initiated()).when(refund()).await.then_rejected(PaymentError::NotPaid);
}
