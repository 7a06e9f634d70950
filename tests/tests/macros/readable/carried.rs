//! What is carried, to the last bit.

use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap, HashSet},
    fmt::Debug,
    time::Duration,
};

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::keeper::{Any, kept};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Field<T> {
    value: T,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Unit;

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Pair(u8, String);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Key(String);

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Colour {
    Red,
    Green,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "kind")]
enum Internal {
    Circle { radius: f64 },
    Named(Field<String>),
    Nothing,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "kind", content = "of")]
enum Adjacent {
    Circle { radius: f64 },
    Pair(u8, u64),
    Nothing,
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Number(u64),
    Text(String),
    Object { a: u8 },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Flat {
    own: u8,
    #[serde(flatten)]
    inner: Field<f64>,
    #[serde(flatten)]
    rest: BTreeMap<String, u64>,
}

#[derive(Debug, Clone, PartialEq)]
struct Bytes(Vec<u8>);

impl Serialize for Bytes {
    fn serialize<S: serde::Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Bytes {
    fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        Vec::deserialize(from).map(Self)
    }
}

/// Alone, as a field, in an array, and as a value of a map.
#[track_caller]
fn carried<T: Any + PartialEq + Debug>(value: T) {
    #[track_caller]
    fn same<T: Any + PartialEq + Debug>(value: T) {
        let read = kept(value.clone()).unwrap_or_else(|refusal| panic!("{value:?} is refused: {refusal}"));
        assert_eq!(read, [value.clone(), value]);
    }
    same(Field { value: value.clone() });
    same(vec![value.clone()]);
    same(BTreeMap::from([("key".to_owned(), value.clone())]));
    same(value);
}

#[test]
fn numbers_are_exact() {
    carried(u128::MAX);
    carried(i128::MIN);
    carried((1_u64 << 53) + 1);
    carried(-(1_i64 << 53) - 1);
    carried([u64::MAX, 0]);
    carried(i64::MIN);
    for number in [0.1_f32, f32::MIN_POSITIVE, f32::MAX, 1.0e-45, 16_777_216.0, 8.5e9] {
        carried(number);
    }
    // The second is one that a fast parser reads as its neighbour.
    for number in
        [0.1 + 0.2, 1.071_566_039_146_582_6e-75, f64::MIN_POSITIVE, 5e-324, f64::MAX, 9_007_199_254_740_992.0]
    {
        carried(number);
    }
    assert!(kept(-0.0_f64).unwrap().iter().all(|read| read.is_sign_negative()));
}

#[test]
fn every_form_that_serde_gives_a_type_is_carried() {
    carried(());
    carried(Unit);
    carried(Pair(1, "two".into()));
    carried((1_u8, 'ß', false));
    carried('\u{0}');
    carried("\u{0}\"\\\u{1f600}".to_owned());
    carried(Cow::<'static, str>::Borrowed("borrowed"));
    carried(Bytes(vec![0, 255]));
    carried(Duration::from_nanos(1));
    carried([Some(1), None]);
    carried([Colour::Red, Colour::Green]);
    carried(vec![
        Internal::Circle { radius: 0.1 },
        Internal::Named(Field { value: "x".into() }),
        Internal::Nothing,
    ]);
    carried(vec![Adjacent::Circle { radius: 0.1 }, Adjacent::Pair(1, u64::MAX), Adjacent::Nothing]);
    carried(vec![Untagged::Number(7), Untagged::Text("7".into()), Untagged::Object { a: 1 }]);
    carried(Flat { own: 1, inner: Field { value: 0.5 }, rest: [("other".to_owned(), u64::MAX)].into() });
    carried(json!({ "a": [1, -1, 1.5, null, "x", { "b": u64::MAX }], "": {} }));
}

#[test]
fn every_key_that_can_be_a_text_is_carried() {
    carried(BTreeMap::from([(i64::MIN, 1), (7, 2)]));
    carried(BTreeMap::from([(u128::MAX, 1)]));
    carried(BTreeMap::from([(true, 1), (false, 2)]));
    carried(BTreeMap::from([('x', 1)]));
    carried(BTreeMap::from([(Key("x".into()), 1)]));
    carried(BTreeMap::from([(Colour::Green, 1)]));
}

#[test]
fn what_has_no_order_is_compared_without_one() {
    carried((0..200).collect::<HashSet<u32>>());
    carried((0..200).map(|key| (key, Some(vec![key]))).collect::<HashMap<u32, _>>());
}

/// Each level is an array of one element.
fn nested(levels: usize) -> Value {
    (1..levels).fold(json!([]), |inner, _| json!([inner]))
}

#[test]
fn what_the_reader_can_nest_is_carried_and_no_level_more() {
    assert_eq!(kept(nested(127)).unwrap()[1], nested(127));
    let refusal = kept(nested(128)).unwrap_err();
    assert!(refusal.to_string().contains("nested deeper than the 127 levels"), "{refusal}");
}
