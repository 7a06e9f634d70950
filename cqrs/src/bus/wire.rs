//! What goes with the body of a message over a broker: two headers, each a line of JSON, which any broker carries.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;
use uuid::Uuid;

use super::{
    DeadLetter, DeadLetterReason, EncodedMessage,
    cloud_event::{CloudEvent, attribute},
};

/// The header that says which message it is, even if its body cannot be read.
pub(super) const MESSAGE: &str = "cqrs-message";

/// The header that a dead letter has in addition.
pub(super) const DEAD_LETTER: &str = "cqrs-dead-letter";

/// A longer error is cut: what brokers take as headers is limited.
const LONGEST_ERROR: usize = 16 * 1024;

#[derive(Serialize, Deserialize)]
struct MessageHeader {
    id: Uuid,
    name: SmolStr,
    key: SmolStr,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    retried_for: Option<SmolStr>,
}

#[derive(Serialize, Deserialize)]
struct DeadLetterHeader {
    reason: DeadLetterReason,
    error: String,
    attempts: u32,
    time: Timestamp,
}

/// The header of a message.
pub(super) fn message_header(message: &EncodedMessage) -> String {
    let EncodedMessage { id, name, key, body: _, retried_for } = message;
    let (name, key, retried_for) = (name.clone(), key.clone(), retried_for.clone());
    json(&MessageHeader { id: *id, name, key, retried_for })
}

/// A message from its header and its body. Other programs publish without the header; then the body says what it is,
/// and if it cannot be read, its id is derived from it, so that it is the same whenever it comes.
pub(super) fn message(header: Option<&str>, body: Box<[u8]>) -> EncodedMessage {
    let header = header.and_then(|header| serde_json::from_str(header).ok());
    let MessageHeader { id, name, key, retried_for } =
        header.or_else(|| described(&body)).unwrap_or_else(|| MessageHeader {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &body),
            name: SmolStr::default(),
            key: SmolStr::default(),
            retried_for: None,
        });
    EncodedMessage { id, name, key, body, retried_for }
}

/// What the body says about itself.
fn described(body: &[u8]) -> Option<MessageHeader> {
    let mut event = CloudEvent::decode(body).ok()?;
    let id = event.parse(attribute::ID).ok()?;
    let (name, key) = (event.take(attribute::TYPE)?, event.take(attribute::SUBJECT)?);
    Some(MessageHeader { id, name: name.into(), key: key.into(), retried_for: None })
}

/// The second header of a dead letter.
pub(super) fn dead_letter_header(letter: &DeadLetter) -> String {
    let DeadLetter { message: _, reason, error, attempts, time } = letter;
    let error = error[..error.floor_char_boundary(LONGEST_ERROR)].to_owned();
    json(&DeadLetterHeader { reason: *reason, error, attempts: *attempts, time: *time })
}

/// A dead letter from its second header and its message. What somebody else has put there is a dead letter, too.
pub(super) fn dead_letter(header: Option<&str>, message: EncodedMessage) -> DeadLetter {
    let header = header.and_then(|header| serde_json::from_str(header).ok());
    let DeadLetterHeader { reason, error, attempts, time } = header.unwrap_or_else(|| DeadLetterHeader {
        reason: DeadLetterReason::Undecodable,
        error: "it was not put here by a listener".to_owned(),
        attempts: 0,
        time: Timestamp::UNIX_EPOCH,
    });
    DeadLetter { message, reason, error, attempts, time }
}

/// Texts and numbers as JSON, which cannot fail.
fn json(header: &impl Serialize) -> String {
    serde_json::to_string(header).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bus::{CommandMessage, Message};

    fn sample() -> EncodedMessage {
        CommandMessage::from_json("debit-account", "a \"key\"\r\n", "5").encode().unwrap()
    }

    fn letter(error: String) -> DeadLetter {
        let (reason, time) = (DeadLetterReason::Exhausted, Timestamp::now());
        DeadLetter { message: sample(), reason, error, attempts: 3, time }
    }

    #[test]
    fn a_message_and_its_dead_letter_come_back() {
        let mut letter = letter("no\r\nroom".to_owned());
        letter.message.retried_for = Some("mailer".into());
        let headers = [message_header(&letter.message), dead_letter_header(&letter)];
        assert!(headers.iter().all(|header| !header.contains(['\r', '\n'])), "{headers:?}");
        let back = message(Some(&headers[0]), letter.message.body.clone());
        assert_eq!(dead_letter(Some(&headers[1]), back), letter);
    }

    #[test]
    fn a_message_without_header_is_what_its_body_says() {
        let sample = sample();
        assert_eq!(message(None, sample.body.clone()), sample);
        let noise: Box<[u8]> = b"noise".as_slice().into();
        assert_eq!(message(None, noise.clone()).id, message(Some("{"), noise).id, "its id is stable");
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let header = dead_letter_header(&letter("ü".repeat(LONGEST_ERROR)));
        assert_eq!(dead_letter(Some(&header), sample()).error, "ü".repeat(LONGEST_ERROR / 2));
    }
}
