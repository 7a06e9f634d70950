//! How a message leaves a worker's hands, and what is said about it.

use jiff::Timestamp;
use tracing::Span;

use crate::{
    bus::{DeadLetter, DeadLetterReason, Delivery, EncodedMessage, Message},
    error_chain::chain,
};

use super::HandlingError;

pub(super) fn span<M: Message>(delivery: &Delivery, attempt: u32) -> Span {
    let EncodedMessage { id, name, key, .. } = delivery.message();
    tracing::info_span!("handle", kind = M::KIND, %name, %key, %id, attempt)
}

/// The message was handled.
pub(super) async fn acknowledge<M: Message>(delivery: Delivery) {
    metrics::counter!("cqrs_bus_handled_total", "kind" => M::KIND).increment(1);
    forget::<M>(delivery).await;
}

/// The bus need not keep the message.
pub(super) async fn forget<M: Message>(delivery: Delivery) {
    if let Err(error) = delivery.acknowledge().await {
        // It was handled, and comes again; its handler must know it by its id.
        tracing::warn!(error = chain(&error), "a {} was handled but not acknowledged", M::KIND);
    }
}

/// Makes a message a dead letter. Should that fail, the bus still has the message and delivers it again.
pub(super) async fn bury<M: Message>(delivery: Delivery, letter: DeadLetter) {
    report_dead_letter::<M>(&letter);
    if let Err(error) = delivery.dead_letter(letter).await {
        tracing::error!(error = chain(&error), "the dead letter was not kept; it is delivered again");
    }
}

pub(super) fn letter(
    delivery: &Delivery,
    reason: DeadLetterReason,
    error: String,
    attempts: u32,
) -> DeadLetter {
    DeadLetter { message: delivery.message().clone(), reason, error, attempts, time: Timestamp::now() }
}

fn report_dead_letter<M: Message>(letter: &DeadLetter) {
    let DeadLetter { message, reason, error, attempts, .. } = letter;
    let reason = reason.as_str();
    metrics::counter!("cqrs_bus_dead_letters_total", "kind" => M::KIND, "reason" => reason).increment(1);
    tracing::error!(
        name = %message.name, key = %message.key, id = %message.id, reason, attempts, error,
        "a {} became a dead letter",
        M::KIND
    );
}

pub(super) fn report_retry<M: Message>(delivery: &Delivery, error: &HandlingError, attempt: u32) {
    let message = delivery.message();
    metrics::counter!("cqrs_bus_retries_total", "kind" => M::KIND).increment(1);
    tracing::warn!(
        name = %message.name, key = %message.key, id = %message.id, attempt, error = chain(error),
        "a {} failed and is tried again",
        M::KIND
    );
}
