//! What goes with the body of a message over a broker: two headers, each a line of JSON, which any broker carries.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use smol_str::SmolStr;
use uuid::Uuid;

use super::{
    DeadLetter, DeadLetterReason, EncodedMessage,
    bounded::{CUT, bounded, is_long, within},
    cloud_event::{CloudEvent, attribute},
};

/// The header that says which message it is, even if its body cannot be read.
pub(super) const MESSAGE: &str = "cqrs-message";

/// The header that a dead letter has in addition.
pub(super) const DEAD_LETTER: &str = "cqrs-dead-letter";

/// A longer error is cut: what brokers take as headers is limited.
pub(super) const LONGEST_ERROR: usize = 16 * 1024;

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

/// The header of a message. A long name or key is cut in it: the body says it in full.
pub(super) fn message_header(message: &EncodedMessage) -> String {
    let EncodedMessage { id, name, key, body: _, retried_for } = message;
    let (name, key, retried_for) = (bounded(name), bounded(key), retried_for.clone());
    json(&MessageHeader { id: *id, name, key, retried_for })
}

/// A header, which is an object. (A list of the same values would do for the members, in their order.)
fn read<T: DeserializeOwned>(header: Option<&str>) -> Option<T> {
    header
        .filter(|header| header.trim_start().starts_with('{'))
        .and_then(|header| serde_json::from_str(header).ok())
}

/// A message from its header and its body. Other programs publish without the header; then the body says what it is,
/// and if it cannot be read, its id is derived from it, so that it is the same whenever it comes.
pub(super) fn message(header: Option<&str>, body: Arc<[u8]>) -> EncodedMessage {
    let header = read(header).map(|header| whole(header, &body));
    let MessageHeader { id, name, key, retried_for } =
        header.or_else(|| described(&body)).unwrap_or_else(|| MessageHeader {
            id: Uuid::new_v5(&Uuid::NAMESPACE_OID, &body),
            name: SmolStr::default(),
            key: SmolStr::default(),
            retried_for: None,
        });
    EncodedMessage { id, name, key, body, retried_for }
}

/// A header whose name and key are those of the body if they are, or were, too long for a header. If the body cannot be
/// read, they are cut, in each process alike.
fn whole(header: MessageHeader, body: &[u8]) -> MessageHeader {
    if !is_cut(&header.name) && !is_cut(&header.key) {
        return header;
    }
    match described(body).filter(|described| described.id == header.id) {
        Some(described) => MessageHeader { retried_for: header.retried_for, ..described },
        None => MessageHeader { name: bounded(&header.name), key: bounded(&header.key), ..header },
    }
}

/// Whether a text in a header was cut, or should have been.
fn is_cut(text: &str) -> bool {
    text.contains(CUT) || is_long(text)
}

/// What the body says about itself.
fn described(body: &[u8]) -> Option<MessageHeader> {
    let mut event = CloudEvent::decode(body).ok()?;
    let id = event.parse(attribute::ID).ok()?;
    let (name, key) = (event.take(attribute::TYPE)?, event.take(attribute::SUBJECT)?);
    Some(MessageHeader { id, name: name.into(), key: key.into(), retried_for: None })
}

/// The second header of a dead letter, of at most so many bytes: its error is cut to fit.
pub(super) fn dead_letter_header(letter: &DeadLetter, room: usize) -> String {
    let DeadLetter { message: _, reason, error, attempts, time } = letter;
    let header = |error| json(&DeadLetterHeader { reason: *reason, error, attempts: *attempts, time: *time });
    let room = room.saturating_sub(header(String::new()).len());
    header(within(error, room.min(LONGEST_ERROR)).to_owned())
}

/// A dead letter from its second header and its message. What somebody else has put there is a dead letter, too.
pub(super) fn dead_letter(header: Option<&str>, message: EncodedMessage) -> DeadLetter {
    let header = read(header);
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
        let headers = [message_header(&letter.message), dead_letter_header(&letter, usize::MAX)];
        assert!(headers.iter().all(|header| !header.contains(['\r', '\n'])), "{headers:?}");
        let back = message(Some(&headers[0]), letter.message.body.clone());
        assert_eq!(dead_letter(Some(&headers[1]), back), letter);
    }

    #[test]
    fn a_message_without_header_is_what_its_body_says() {
        let sample = sample();
        assert_eq!(message(None, sample.body.clone()), sample);
        let noise: Arc<[u8]> = b"noise".as_slice().into();
        assert_eq!(message(None, noise.clone()).id, message(Some("{"), noise).id, "its id is stable");
    }

    #[test]
    fn a_header_that_is_a_list_is_none() {
        let sample = sample();
        let list = format!(r#"["{}","name","key",null]"#, Uuid::now_v7());
        assert_eq!(message(Some(&list), sample.body.clone()), sample);
    }

    #[test]
    fn a_long_error_is_cut_between_characters() {
        let letter = letter("ü".repeat(LONGEST_ERROR));
        let header = dead_letter_header(&letter, usize::MAX);
        assert_eq!(dead_letter(Some(&header), sample()).error, "ü".repeat(LONGEST_ERROR / 2));
        for room in 990..1_000 {
            let header = dead_letter_header(&letter, room);
            assert!((room - 1..=room).contains(&header.len()), "{} of {room} bytes", header.len());
        }
    }

    #[test]
    fn long_names_and_keys_take_no_room_in_headers_and_come_back_from_the_body() {
        let (name, key) = ("n".repeat(70_000), "k\0".repeat(100_000));
        let sent = CommandMessage::from_json(name, key, "5").encode().unwrap();
        let sent = EncodedMessage { retried_for: Some("mailer".into()), ..sent };
        let header = message_header(&sent);
        assert!(header.len() < 3_000, "{} bytes", header.len());
        assert_eq!(message(Some(&header), sent.body.clone()), sent);

        let noise: Arc<[u8]> = b"noise".as_slice().into();
        let cut = message(Some(&header), noise.clone());
        assert_eq!((cut.id, bounded(&cut.key), bounded(&cut.name)), (sent.id, cut.key, cut.name));
        let whole = json(&MessageHeader { id: sent.id, name: sent.name, key: sent.key, retried_for: None });
        let unbounded = message(Some(&whole), noise);
        assert_eq!(
            unbounded.key,
            message(Some(&header), unbounded.body.clone()).key,
            "cut alike, here or there"
        );
    }
}
