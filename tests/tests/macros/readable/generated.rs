//! The promise, against values of every shape: accepted means readable and equal, refused means an error that says where.

use std::collections::{BTreeMap, HashMap};

use proptest::{collection, option, prelude::*};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::keeper::{kept, reason};

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
enum Rich {
    Nothing,
    Signed(i128),
    Unsigned(u128),
    Single(f32),
    Double(f64),
    Letter(char),
    Text(String),
    Twice(Option<Option<u8>>),
    Unit(Option<()>),
    Json(Value),
    List(Vec<Rich>),
    Pair(Box<Rich>, Box<Rich>),
    Named { first: Box<Rich>, second: Option<Box<Rich>> },
    Map(BTreeMap<String, Rich>),
    Numbered(BTreeMap<i64, Rich>),
    Unordered(HashMap<u8, Rich>),
    Tagged(Tagged),
    Untagged(Untagged),
    Flat(Flat),
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(tag = "tag")]
enum Tagged {
    One { number: f64, text: String },
    Large { number: u128 },
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
#[serde(untagged)]
enum Untagged {
    Small(u8),
    Large(i64),
    Float(f32),
    Text(Option<String>),
}

#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Flat {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    name: Vec<u8>,
    #[serde(flatten)]
    rest: BTreeMap<String, f64>,
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), Just("name".to_owned()), Just("tag".to_owned())]
}

fn json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 16, 4, |inner| {
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            collection::btree_map(text(), inner, 0..4).prop_map(Value::from_iter),
        ]
    })
}

fn leaf() -> impl Strategy<Value = Rich> {
    let double = || prop_oneof![9 => any::<f64>(), 1 => Just(f64::NAN)];
    let flat = (collection::vec(any::<u8>(), 0..2), collection::btree_map(text(), double(), 0..3));
    prop_oneof![
        Just(Rich::Nothing),
        any::<i128>().prop_map(Rich::Signed),
        any::<u128>().prop_map(Rich::Unsigned),
        any::<f32>().prop_map(Rich::Single),
        double().prop_map(Rich::Double),
        any::<char>().prop_map(Rich::Letter),
        text().prop_map(Rich::Text),
        option::of(option::of(any::<u8>())).prop_map(Rich::Twice),
        option::of(Just(())).prop_map(Rich::Unit),
        json().prop_map(Rich::Json),
        (double(), text()).prop_map(|(number, text)| Rich::Tagged(Tagged::One { number, text })),
        prop_oneof![any::<u64>().prop_map(u128::from), any::<u128>()]
            .prop_map(|number| Rich::Tagged(Tagged::Large { number })),
        any::<u8>().prop_map(|number| Rich::Untagged(Untagged::Small(number))),
        prop_oneof![0..300_i64, any::<i64>()].prop_map(|number| Rich::Untagged(Untagged::Large(number))),
        any::<f32>().prop_map(|number| Rich::Untagged(Untagged::Float(number))),
        option::of(text()).prop_map(|text| Rich::Untagged(Untagged::Text(text))),
        flat.prop_map(|(name, rest)| Rich::Flat(Flat { name, rest })),
    ]
}

fn rich() -> impl Strategy<Value = Rich> {
    leaf().prop_recursive(6, 32, 4, |inner| {
        let boxed = || inner.clone().prop_map(Box::new);
        prop_oneof![
            collection::vec(inner.clone(), 0..4).prop_map(Rich::List),
            (boxed(), boxed()).prop_map(|(first, second)| Rich::Pair(first, second)),
            (boxed(), option::of(boxed())).prop_map(|(first, second)| Rich::Named { first, second }),
            collection::btree_map(text(), inner.clone(), 0..4).prop_map(Rich::Map),
            collection::btree_map(any::<i64>(), inner.clone(), 0..4).prop_map(Rich::Numbered),
            collection::hash_map(any::<u8>(), inner.clone(), 0..4).prop_map(Rich::Unordered),
        ]
    })
}

/// The event itself: so that every path begins with a field.
#[derive(Serialize, Deserialize, Debug, Clone, PartialEq)]
struct Everything {
    value: Rich,
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn accepted_is_readable_and_equal_and_refused_says_where(value in rich()) {
        let value = Everything { value };
        match kept(value.clone()) {
            Ok([folded, loaded]) => {
                prop_assert_eq!(&folded, &value);
                prop_assert_eq!(&loaded, &value);
            }
            Err(refusal) => prop_assert!(reason(&refusal).path().starts_with("value"), "{}", refusal),
        }
    }
}
