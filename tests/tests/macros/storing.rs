//! Names, versions, payloads and tags.

use cqrs::{
    EventId, Metadata, Position, Tag, Version,
    event::{DecodeError, DecodeReason, Event, EventKind, StoredEvent, StoredMetadata},
    handler::EventHandlers,
};

use crate::domain::*;

fn stored<'a>(
    metadata: &'a Metadata,
    name: &'a str,
    schema_version: u32,
    payload: &'a str,
) -> StoredEvent<'a> {
    StoredEvent {
        position: Position::new(7),
        category: "account",
        key: "1",
        version: Version::new(1),
        id: EventId::generate(),
        name,
        schema_version,
        payload,
        metadata: StoredMetadata::Value(metadata),
    }
}

fn decode<E: Event>(name: &str, schema_version: u32, payload: &str) -> Result<E, DecodeError> {
    E::decode(&stored(&Metadata::new(), name, schema_version, payload))
}

fn named<'a>(kind: &EventKind) -> (&'a str, u32, &'static [&'static str], &'a str) {
    (kind.name, kind.version, kind.aliases, kind.type_name)
}

#[test]
fn a_struct_is_one_kind_of_event() {
    let opened = AccountOpened { owner: "ann".into(), balance: 5 };
    let aliases = ["account-created", "account-made"].as_slice();
    assert_eq!(named(opened.kind()), ("account-opened", 1, aliases, "AccountOpened"));
    assert_eq!(named(MoneyDebited { amount: 1 }.kind()), ("money-debited", 2, [].as_slice(), "MoneyDebited"));
}

#[test]
fn a_kind_knows_where_it_is_declared() {
    let source = include_str!("domain.rs");
    let line_of = |location: cqrs::Location| {
        assert!(location.file.ends_with("macros/domain.rs"), "{location}");
        source.lines().nth(location.line as usize - 1).unwrap().trim()
    };
    assert_eq!(line_of(MoneyDebited { amount: 1 }.kind().location), "pub struct MoneyDebited {");
    assert_eq!(line_of(Address::Confirmed.kind().location), "Confirmed,");
    assert_eq!(line_of(Account::HANDLERS[3].location), "fn closed(&mut self, _: &AccountClosed) -> Ended {");
}

#[test]
fn every_variant_of_an_enum_is_an_event_of_its_own() {
    let kinds: Vec<_> = Address::KINDS.to_vec().into_iter().map(named).collect();
    assert_eq!(
        kinds,
        [
            ("address-changed", 3, ["moved"].as_slice(), "Address::Changed"),
            ("confirmed", 1, [].as_slice(), "Address::Confirmed"),
            ("noted", 1, [].as_slice(), "Address::Noted"),
            ("pair", 1, [].as_slice(), "Address::Pair"),
        ]
    );
    assert_eq!(Address::Confirmed.kind().name, "confirmed");
}

#[test]
fn the_payload_of_a_variant_is_its_content() {
    for (event, json) in [
        (Address::Changed { city: "Brno".into(), zip: 60200 }, r#"{"city":"Brno","zip":60200}"#),
        (Address::Confirmed, "null"),
        (Address::Noted("late".into()), r#""late""#),
        (Address::Pair(1, 2), "[1,2]"),
    ] {
        assert_eq!(event.encode().unwrap().as_json(), json);
        let kind = event.kind();
        for name in kind.names() {
            assert_eq!(decode::<Address>(name, kind.version, json).unwrap(), event);
        }
    }
}

#[test]
fn a_former_name_is_still_read() {
    let json = r#"{"owner":"ann","balance":5}"#;
    for name in ["account-opened", "account-created", "account-made"] {
        assert_eq!(decode::<AccountOpened>(name, 1, json).unwrap().owner, "ann");
    }
}

#[test]
fn another_name_another_version_and_damage_are_errors_that_name_the_place() {
    let unknown = decode::<MoneyDebited>("money-credited", 2, r#"{"amount":1}"#).unwrap_err();
    assert!(matches!(unknown.reason, DecodeReason::UnknownName));
    assert_eq!(
        unknown.to_string(),
        "event `money-credited` (schema version 2) at position 7, version 1 of stream account/1: no event type is stored under this name"
    );
    let older = decode::<MoneyDebited>("money-debited", 1, r#"{"amount":1}"#).unwrap_err();
    assert!(matches!(older.reason, DecodeReason::OlderSchema { known: 2 }));
    let newer = decode::<Address>("address-changed", 4, "{}").unwrap_err();
    assert!(matches!(newer.reason, DecodeReason::NewerSchema { known: 3 }));
    for damage in ["", "{", "[]", r#"{"amount":"much"}"#, r#"{"amount":1} x"#] {
        let error = decode::<MoneyDebited>("money-debited", 2, damage).unwrap_err();
        assert!(matches!(error.reason, DecodeReason::Payload(_)), "{damage}");
    }
    for damage in ["", "{}", "1", "null x"] {
        let error = decode::<Address>("confirmed", 1, damage).unwrap_err();
        assert!(matches!(error.reason, DecodeReason::Payload(_)), "{damage}");
    }
}

#[test]
fn tags_are_the_marked_fields() {
    let opened = AccountOpened { owner: "ann".into(), balance: 5 };
    assert_eq!(opened.tags(), [owner_tag("ann")]);
    assert_eq!(Address::Changed { city: "Brno".into(), zip: 1 }.tags(), [Tag::new("city", "Brno")]);
    assert_eq!(Address::Noted("late".into()).tags(), [Tag::new("note", "late")]);
    assert_eq!(Address::Confirmed.tags(), []);
    assert_eq!(AccountEvent::Opened(opened).tags(), [owner_tag("ann")]);
}

#[test]
fn the_generated_enum_is_the_set_of_all_events() {
    let names: Vec<_> = AccountEvent::KINDS.to_vec().iter().map(|kind| kind.name).collect();
    assert_eq!(
        names,
        [
            "account-opened",
            "money-debited",
            "address-changed",
            "confirmed",
            "noted",
            "pair",
            "account-closed"
        ]
    );
    let event = decode::<AccountEvent>("money-debited", 2, r#"{"amount":3}"#).unwrap();
    assert!(matches!(&event, AccountEvent::Debited(MoneyDebited { amount: 3 })));
    assert_eq!(event.kind().name, "money-debited");
    assert_eq!(event.encode().unwrap().as_json(), r#"{"amount":3}"#);
    let moved = decode::<AccountEvent>("moved", 3, r#"{"city":"Brno","zip":1}"#).unwrap();
    assert!(matches!(moved, AccountEvent::Moved(Address::Changed { .. })));
    let unknown = decode::<AccountEvent>("order-placed", 1, "null").err().unwrap();
    assert!(matches!(unknown.reason, DecodeReason::UnknownName));
}
