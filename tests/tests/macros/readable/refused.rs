//! What is refused, and where the refusal says it was.

use std::collections::BTreeMap;

use cqrs::{event::JsonReason, repository::DecisionError};
use serde::{Deserialize, Deserializer, Serialize, Serializer, ser::SerializeMap};
use serde_json::{Value, json};

use super::keeper::{Any, kept, reason};

#[derive(Serialize, Deserialize, Clone)]
struct Field<T> {
    value: T,
}

#[derive(Serialize, Deserialize, Clone)]
enum Shape {
    Circle { radius: f64 },
    Line(f32, f32),
    Dot(f64),
}

/// Refused as a field named `value`, at this path below it, and the first line says so.
#[track_caller]
fn refused<T: Any>(value: T, path: &str) -> JsonReason {
    let refusal = kept(Field { value }).err().expect("it is refused");
    let found = reason(&refusal);
    assert_eq!(found.path(), format!("value{path}"), "{refusal}");
    let line = refusal.to_string();
    assert!(line.contains("`kept`") && line.contains(&found.path()), "{line}");
    found.reason().clone()
}

#[test]
fn a_number_that_is_not_finite_is_refused_wherever_it_is() {
    for number in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let mut refusals = vec![refused(number, "")];
        refusals.push(refused(Some(number), ""));
        refusals.push(refused((1, number), "[1]"));
        refusals.push(refused(vec![vec![0.0], vec![0.0, number]], "[1][1]"));
        refusals.push(refused(Field { value: number }, ".value"));
        refusals.push(refused(Shape::Circle { radius: number }, ".radius"));
        refusals.push(refused(Shape::Line(0.0, number as f32), "[1]"));
        refusals.push(refused(Shape::Dot(number), ""));
        refusals.push(refused(BTreeMap::from([("secret", 0.0), ("worse", number)].map(owned)), "[entry 1]"));
        assert!(refusals.iter().all(|reason| *reason == JsonReason::NotFinite), "{refusals:?}");
    }
}

fn owned<T>((key, value): (&str, T)) -> (String, T) {
    (key.to_owned(), value)
}

/// A number that can be a key.
#[derive(Serialize, Deserialize, Clone, PartialEq)]
struct Number(f64);

impl Eq for Number {}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.total_cmp(&other.0)
    }
}

#[test]
fn a_key_that_is_no_text_is_refused() {
    assert_eq!(refused(BTreeMap::from([(Number(f64::NAN), 1)]), "[key 0]"), JsonReason::NotFinite);
    assert_eq!(refused(BTreeMap::from([(vec![1], 1)]), "[key 0]"), JsonReason::Key);
    assert_eq!(refused(BTreeMap::from([((1, 2), 1)]), "[key 0]"), JsonReason::Key);
    assert_eq!(refused(BTreeMap::from([(Some(1), 1), (None, 2)]), "[key 0]"), JsonReason::Key);
}

#[test]
fn a_value_nested_too_deep_is_refused_even_where_writing_it_would_take_the_whole_stack() {
    let deep = (0..2_000).fold(json!(1), |inner, _| Value::from_iter([("inner", inner)]));
    let refusal = kept(Field { value: deep }).err().unwrap();
    assert_eq!(*reason(&refusal).reason(), JsonReason::TooDeep);
    assert!(reason(&refusal).path().starts_with("value[entry 0][entry 0]"), "{refusal}");
    // Only the levels count, not how much there is beside each other.
    assert!(kept(json!(vec![json!([[[1]]]); 2_000])).is_ok());
}

/// Written like another value, and read as that.
#[derive(Serialize, Deserialize, Clone)]
#[serde(untagged)]
enum Shadow {
    Small(u8),
    Large(u64),
}

#[derive(Serialize, Deserialize, Clone)]
struct LeftOut {
    #[serde(default = "ten", skip_serializing_if = "is_zero")]
    count: u8,
}

fn ten() -> u8 {
    10
}

fn is_zero(number: &u8) -> bool {
    *number == 0
}

#[derive(Serialize, Deserialize, Clone)]
struct NoInverse {
    #[serde(with = "halved")]
    number: u32,
}

mod halved {
    use super::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(number: &u32, to: S) -> Result<S::Ok, S::Error> {
        (number / 2).serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<u32, D::Error> {
        u32::deserialize(from)
    }
}

#[derive(Serialize, Deserialize, Clone)]
struct NotRead {
    #[serde(skip_deserializing)]
    total: u8,
}

#[test]
fn a_value_that_is_read_as_another_is_refused() {
    let changed = |reason| assert_eq!(reason, JsonReason::Changed);
    changed(refused(Some(None::<u8>), ""));
    changed(refused(Some(()), ""));
    changed(refused(vec![Some(Value::Null)], "[0]"));
    changed(refused(Shadow::Large(7), ""));
    assert!(kept(Shadow::Large(700)).is_ok() && kept(Shadow::Small(7)).is_ok());
    changed(refused(LeftOut { count: 0 }, ".count"));
    assert!(kept(LeftOut { count: 1 }).is_ok());
    changed(refused(NoInverse { number: 7 }, ".number"));
    changed(refused(NotRead { total: 1 }, ".total"));
}

#[derive(Serialize, Deserialize, Clone)]
struct NeverWritten {
    name: String,
    #[serde(skip_serializing)]
    #[expect(dead_code, reason = "nobody can read it")]
    secret: String,
}

#[derive(Serialize, Deserialize, Clone)]
struct Renamed {
    #[serde(rename(serialize = "written"))]
    read: u8,
}

#[derive(Serialize, Deserialize, Clone)]
struct Doubled {
    name: String,
    #[serde(flatten)]
    rest: BTreeMap<String, String>,
}

#[derive(Serialize, Deserialize, Clone)]
struct TwoRests {
    #[serde(flatten)]
    one: BTreeMap<String, u8>,
    #[serde(flatten)]
    other: BTreeMap<String, u8>,
}

#[derive(Serialize, Deserialize, Clone)]
#[serde(tag = "kind")]
enum Internal {
    Large { number: u128 },
}

#[test]
fn a_value_that_is_not_read_at_all_is_refused() {
    let refusal = |reason: JsonReason| reason.to_string();
    let never = NeverWritten { name: "n".into(), secret: "hunter2".into() };
    assert_eq!(refusal(refused(never, "")), "missing field `secret`");
    assert_eq!(refusal(refused(Renamed { read: 1 }, "")), "missing field `read`");
    let rest = BTreeMap::from([owned(("name", "other".to_owned()))]);
    let doubled = Doubled { name: "n".into(), rest };
    assert_eq!(refusal(refused(doubled, "")), "field `name` stands there twice");
    let one = BTreeMap::from([owned(("x", 1))]);
    refused(TwoRests { one: one.clone(), other: BTreeMap::from([owned(("x", 2))]) }, "");
    // Serde keeps the content of such an enum aside, and has no room for such a type there.
    let reason = refusal(refused(Internal::Large { number: 1 }, ""));
    assert!(reason.ends_with("Internal` refuses it"), "{reason}");
}

/// Says that it has no entries, and has some.
#[derive(Clone)]
struct Liar;

impl Serialize for Liar {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(0))?;
        map.serialize_entry("a", &1)?;
        map.end()
    }
}

impl<'de> Deserialize<'de> for Liar {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        BTreeMap::<String, u8>::deserialize(from).map(|_| Self)
    }
}

/// Quotes its value in its own words.
#[derive(Clone)]
struct Talkative;

impl Serialize for Talkative {
    fn serialize<S: Serializer>(&self, _: S) -> Result<S::Ok, S::Error> {
        Err(serde::ser::Error::custom("hunter2 is not to be written"))
    }
}

impl<'de> Deserialize<'de> for Talkative {
    fn deserialize<D: Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Ok(Self)
    }
}

#[test]
fn a_type_that_writes_by_hand_and_wrongly_is_refused() {
    let refusal: DecisionError = kept(Liar).err().unwrap();
    assert!(matches!(reason(&refusal).reason(), JsonReason::Syntax(_)), "{refusal}");
    let reason = refused(vec![Talkative], "[0]");
    assert!(reason.to_string().ends_with("Talkative` refuses it"), "{reason}");
}
