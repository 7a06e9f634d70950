//! Messages survive their way over a bus, whatever is in them.

use std::collections::BTreeMap;

use cqrs::{
    CausationId, CommandId, CorrelationId, EventId, Metadata, Position, StreamId, Timestamp, Uuid, Version,
    bus::{CloudEventError, CommandMessage, EncodedMessage, EventMessage, Message},
    event::{Envelope, Payload},
};
use proptest::{collection::btree_map, option, prelude::*};

fn uuid() -> impl Strategy<Value = Uuid> {
    any::<u128>().prop_map(Uuid::from_u128)
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![".*", "[a-z0-9/]{0,30}"]
}

/// Names that can be attributes, names of our own attributes, and any others.
fn headers() -> impl Strategy<Value = BTreeMap<String, String>> {
    let ours = prop::sample::select(vec!["id", "headers", "actor", "position", "data", "traceparent"]);
    btree_map(prop_oneof!["[a-z0-9]{1,22}", ours.prop_map(str::to_owned), ".*"], ".*", 0..5)
}

fn metadata() -> impl Strategy<Value = Metadata> {
    let who = (option::of(text()), option::of(text()), option::of(text()));
    let time = (-10_000_000_000_i64..200_000_000_000, 0..1_000_000_000);
    (uuid(), option::of(uuid()), who, time, headers()).prop_map(
        |(correlation, causation, who, time, headers)| Metadata {
            correlation_id: CorrelationId::from(correlation),
            causation_id: causation.map(CausationId::from),
            actor: who.0.map(Into::into),
            on_behalf_of: who.1.map(Into::into),
            tenant: who.2.map(Into::into),
            time: Timestamp::new(time.0, time.1).expect("a time within the range"),
            headers,
        },
    )
}

/// JSON in several spellings, which must all stay as they are.
fn payload() -> impl Strategy<Value = Payload> {
    let json = prop_oneof![
        Just("null".to_owned()),
        Just(r#"{ "amount" : 1.50, "amount2":1e3,"ü":"\u00fc" }"#.to_owned()),
        Just("[ 12345678901234567890123, -0 ]".to_owned()),
        ".*".prop_map(|text| serde_json::to_string(&text).expect("a text is JSON")),
    ];
    json.prop_map(Payload::from_json)
}

prop_compose! {
    fn event()(
        id in uuid(), place in (text(), text(), 1..=i64::MAX as u64, any::<u64>()), name in text(),
        schema_version in any::<u32>(), metadata in metadata(), payload in payload(),
    ) -> EventMessage {
        let (category, key, position, any) = place;
        // Each event of a stream has a position of its own.
        let version = any % position + 1;
        let envelope = Envelope {
            id: EventId::from(id),
            stream: StreamId::new(category, key),
            version: Version::new(version),
            name: name.into(),
            schema_version,
            metadata,
        };
        EventMessage { position: Position::new(position), envelope, payload }
    }
}

prop_compose! {
    fn command()(
        id in uuid(), name in text(), key in text(), expected in option::of(any::<u64>()),
        metadata in metadata(), payload in payload(),
    ) -> CommandMessage {
        let message = CommandMessage::from_json(name, key, payload.as_json()).id(CommandId::from(id));
        CommandMessage { expected_version: expected.map(Version::new), ..message.metadata(metadata) }
    }
}

/// What `CloudEvents` demands of every message, read as any JSON.
fn check_form(message: &EncodedMessage) {
    let body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&message.body).unwrap();
    assert_eq!(body["specversion"], "1.0");
    assert_eq!(body["id"], message.id.to_string());
    assert_eq!(body["type"], *message.name);
    for (name, value) in body.iter().filter(|(name, _)| *name != "data") {
        let letters = name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        assert!(letters && (1..=20).contains(&name.len()), "`{name}` is no name of an attribute");
        assert!(value.is_string(), "`{name}` is no text");
    }
}

proptest! {
    #[test]
    fn an_event_comes_back_as_it_was(event in event()) {
        let message = event.encode().unwrap();
        check_form(&message);
        prop_assert_eq!(message.key.as_str(), event.envelope.stream.to_string());
        prop_assert_eq!(<EventMessage as Message>::decode(&message).unwrap(), event);
    }

    #[test]
    fn a_command_comes_back_as_it_was(command in command()) {
        let message = command.encode().unwrap();
        check_form(&message);
        prop_assert_eq!(&message.key, &command.key);
        prop_assert_eq!(CommandMessage::decode(&message).unwrap(), command);
    }

    #[test]
    fn whatever_bytes_arrive_are_decoded_or_refused(body in any::<Vec<u8>>()) {
        let message = EncodedMessage { body: body.into(), ..sample() };
        prop_assert!(matches!(CommandMessage::decode(&message), Err(CloudEventError::Json(_))));
    }
}

fn sample() -> EncodedMessage {
    CommandMessage::from_json("debit-account", "4711", r#"{"amount":5}"#).encode().unwrap()
}

/// What is wrong with a sample in which one member has another value, or none.
fn refused(member: &str, value: Option<serde_json::Value>) -> String {
    let mut message = sample();
    let mut body: serde_json::Map<String, serde_json::Value> = serde_json::from_slice(&message.body).unwrap();
    match value {
        Some(value) => body.insert(member.to_owned(), value),
        None => body.remove(member),
    };
    message.body = serde_json::to_vec(&body).unwrap().into();
    CommandMessage::decode(&message).unwrap_err().to_string()
}

#[test]
fn what_is_missing_or_wrong_is_named() {
    for attribute in ["specversion", "id", "source", "type", "subject", "time", "correlationid"] {
        assert_eq!(refused(attribute, None), format!("the message has no attribute `{attribute}`"));
    }
    for (attribute, value) in [
        ("specversion", "2.0"),
        ("id", "7"),
        ("time", "yesterday"),
        ("expectedversion", "-1"),
        ("datacontenttype", "text/xml"),
    ] {
        let expected = format!("the attribute `{attribute}` of the message cannot be `{value}`");
        let refusal = refused(attribute, Some(value.into()));
        let reason = refusal.strip_prefix(&expected).and_then(|rest| rest.strip_prefix(": "));
        assert!(reason.is_some_and(|reason| !reason.is_empty()), "{refusal}");
    }
    // Headers may say anything, and are not repeated.
    let expected = "the attribute `headers` of the message cannot be `4 bytes`";
    let refusal = refused("headers", Some("none".into()));
    assert!(refusal.starts_with(expected) && !refusal.contains("none"), "{refusal}");
    let starts = "the message is not a CloudEvent in JSON: ";
    let text = refused("actor", Some(serde_json::json!(["alice"])));
    assert!(text.starts_with(starts) && text.contains("`actor` is neither a text"), "{text}");
    let text = refused("data_base64", Some("AAAA".into()));
    assert!(text.starts_with(starts) && text.contains("binary"), "{text}");
}

#[test]
fn what_another_program_writes_is_understood() {
    let id = CommandId::generate();
    let body = format!(
        r#"{{
            "data": {{ "amount": 5 }}, "id": "{id}", "specversion": "1.0", "source": "https://shop.example",
            "type": "debit-account", "subject": "4711", "time": "2026-01-02T04:04:05+01:00", "priority": 3,
            "urgent": true, "tenant": null, "datacontenttype": "application/json; charset=utf-8",
            "correlationid": "{id}"
        }}"#
    );
    let message = EncodedMessage { body: body.into_bytes().into(), ..sample() };
    let command = CommandMessage::decode(&message).unwrap();
    assert_eq!((command.id, command.key.as_str()), (id, "4711"));
    assert_eq!(command.payload.as_json(), r#"{ "amount": 5 }"#);
    assert_eq!(command.metadata.time, "2026-01-02T03:04:05Z".parse().unwrap());
    assert_eq!(command.metadata.tenant, None);
    let headers = [("priority", "3"), ("urgent", "true")].map(|(name, value)| (name.into(), value.into()));
    assert_eq!(command.metadata.headers, BTreeMap::from(headers));
}

/// Whatever stands twice has two meanings, and a list has none.
#[test]
fn what_stands_twice_or_as_a_list_is_undecodable() {
    let whole = String::from_utf8(sample().body.to_vec()).unwrap();
    let headers = |json: &str| format!(r#"{{"headers":{},{}"#, serde_json::json!(json), &whole[1..]);
    let decode =
        |body: String| CommandMessage::decode(&EncodedMessage { body: body.into_bytes().into(), ..sample() });
    assert_eq!(decode(headers(r#"{"Once":"x"}"#)).unwrap().metadata.headers["Once"], "x");
    for body in [
        format!(r#"{{"data":{{}},{}"#, &whole[1..]),
        format!(r#"{{"type":"other",{}"#, &whole[1..]),
        format!("[{whole}]"),
        headers(r#"{"Twice":"x","Twice":"y"}"#),
        headers(r#"["Twice","x"]"#),
        format!(r#"{{"free":"x",{}"#, &headers(r#"{"free":"y"}"#)[1..]),
    ] {
        assert!(decode(body.clone()).is_err(), "{body}");
    }
}
