//! Whether a message agrees with itself.

use async_nats::HeaderMap;

use crate::{message::StreamId, store::StoreError};

use super::{Body, COMMAND_ID, LAST_VERSION, damage, header};
use crate::store::nats::{sequence::MOST_EVENTS, subject};

/// No stream has as many events. Beyond, versions could not be counted on.
const LAST_OF_ALL: u64 = i64::MAX as u64;

/// Refuses a message whose numbers no stream can have, or whose subject, headers and body are not of one append.
pub(super) fn check(
    sequence: u64,
    on: &str,
    headers: Option<&HeaderMap>,
    first: u64,
    body: &Body<'_>,
) -> Result<(), StoreError> {
    contradiction(on, headers, first, body)
        .map_or(Ok(()), |what| Err(damage::contradicts(sequence, on, &what)))
}

fn contradiction(on: &str, headers: Option<&HeaderMap>, first: u64, body: &Body<'_>) -> Option<String> {
    let count = body.events.len();
    if count > MOST_EVENTS {
        return Some(format!("it has {count} events, and {MOST_EVENTS} are the most"));
    }
    if count == 0 && body.command.is_none() {
        return Some("it has no events and no command".into());
    }
    let is_refusal = body.command.as_ref().is_some_and(|command| command.refusal.is_some());
    if count > 0 && is_refusal {
        return Some(format!("it has {count} events, and its command is refused"));
    }
    let last = (first > 0).then(|| (first - 1).checked_add(count as u64)).flatten();
    let Some(last) = last.filter(|last| *last < LAST_OF_ALL) else {
        return Some(format!("its first version is {first}, and of {count} events"));
    };
    let said = header(headers, LAST_VERSION).filter(|said| said.parse() != Ok(last));
    if let Some(said) = said {
        return Some(format!("its last version is {last}, and its header says {said}"));
    }
    of_another_stream(on, body).or_else(|| of_another_command(headers, body))
}

/// Subjects are `<prefix>.events.<category>.<key>`, and a prefix has no dots.
fn of_another_stream(on: &str, body: &Body<'_>) -> Option<String> {
    let stream = StreamId::new(&*body.stream.category, &*body.stream.key);
    let mut parts = on.splitn(3, '.');
    let agrees = parts.nth(2) == Some(&subject::of_stream(&stream));
    (!agrees).then(|| format!("its body is of stream `{stream}`, which has another subject"))
}

fn of_another_command(headers: Option<&HeaderMap>, body: &Body<'_>) -> Option<String> {
    let said = header(headers, COMMAND_ID);
    let id = body.command.as_ref().map(|command| command.id);
    if said.map(|said| said.parse().ok()) == id.map(Some) {
        return None;
    }
    let id = id.map_or_else(|| "none".into(), |id| id.to_string());
    Some(format!("its command is {id}, and its header says {}", said.unwrap_or("none")))
}
