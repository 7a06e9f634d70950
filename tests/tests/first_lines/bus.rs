//! What a bus says.

use cqrs::{
    Position,
    bus::{BusError, HandlingError, PublishError, RelayError},
};

use super::{caused_by, says};

fn refused() -> std::io::Error {
    std::io::Error::new(std::io::ErrorKind::ConnectionRefused, "connection refused by 10.0.0.7:5672")
}

#[test]
fn what_carries_messages_says_what_it_could_not_do_and_why() {
    let error = BusError::transport("publish", refused());
    says(&error, &["failed to publish", "refused by 10.0.0.7"]);
    caused_by::<std::io::Error>(&error);

    let error = PublishError { confirmed: 3, source: BusError::transport("publish", refused()) };
    says(&error, &["first 3", "failed to publish", "refused by 10.0.0.7"]);

    let source = BusError::transport("publish", refused());
    let error = RelayError { confirmed: None, failed: Position::new(7), source };
    says(&error, &["position 7", "failed to publish", "refused by 10.0.0.7"]);
}

#[test]
fn what_handles_messages_says_why_it_did_not() {
    says(&HandlingError::permanent(refused()), &["for good", "refused by 10.0.0.7"]);
    says(&HandlingError::Transient(Box::new(refused())), &["failed", "refused by 10.0.0.7"]);
    says(&HandlingError::Unavailable(Box::new(refused())), &["not available", "refused by 10.0.0.7"]);
}
