//! What the macros write for variants: the same as for structs.

use std::sync::Arc;

use cqrs::{
    event::{Event, JsonReason},
    prelude::*,
    repository::Repository,
    store::memory::MemoryStore,
};
use serde::{Deserialize, Serialize};

use super::keeper::reason;

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq)]
pub enum Reading {
    #[event(name = "reading-taken")]
    Taken { zone: String, big: u128, small: i128, single: f32, double: f64, again: Option<Option<u8>> },
    #[event(name = "reading-pair")]
    Pair(u128, f64),
    #[event(name = "reading-level")]
    Level(f64),
    #[event(name = "reading-missing")]
    Missing,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = u32)]
pub struct Meter {
    last: Option<Reading>,
}

#[event_handler]
impl Meter {
    fn read(&mut self, event: &Reading) {
        self.last = Some(event.clone());
    }
}

fn taken() -> Reading {
    Reading::Taken {
        zone: "z".into(),
        big: u128::MAX,
        small: i128::MIN,
        single: 0.1,
        double: 1.071_566_039_146_582_6e-75,
        again: None,
    }
}

#[test]
fn a_variant_is_written_in_the_order_of_its_fields() {
    let json = taken().encode().unwrap();
    let big = u128::MAX;
    let small = i128::MIN;
    assert_eq!(
        json.as_json(),
        format!(
            r#"{{"zone":"z","big":{big},"small":{small},"single":0.1,"double":1.0715660391465826e-75,"again":null}}"#
        )
    );
    assert_eq!(Reading::Pair(1, 0.5).encode().unwrap().as_json(), "[1,0.5]");
    assert_eq!(Reading::Missing.encode().unwrap().as_json(), "null");
}

#[tokio::test]
async fn a_variant_carries_what_a_struct_carries() {
    let repository = Repository::<Meter>::new(Arc::new(MemoryStore::new()));
    for event in [taken(), Reading::Pair(u128::MAX, 0.1 + 0.2), Reading::Level(5e-324), Reading::Missing] {
        let mut root = repository.load_or_create(&1).await.unwrap();
        root.record(event.clone()).unwrap();
        repository.save(&mut root).await.unwrap();
        assert_eq!(root.state().unwrap().last, Some(event.clone()));
        assert_eq!(repository.load(&1).await.unwrap().state().unwrap().last, Some(event));
    }
}

#[test]
fn a_variant_refuses_what_a_struct_refuses() {
    let mut root = Repository::<Meter>::new(Arc::new(MemoryStore::new())).create(1);
    let Reading::Taken { zone, big, small, single, double, .. } = taken() else { unreachable!() };
    let lossy = Reading::Taken { zone, big, small, single, double, again: Some(None) };
    for (event, path, why) in [
        (Reading::Pair(1, f64::NAN), "[1]", JsonReason::NotFinite),
        (Reading::Level(f64::INFINITY), "", JsonReason::NotFinite),
        (lossy, "again", JsonReason::Changed),
    ] {
        let refusal = root.record(event).unwrap_err();
        assert_eq!((reason(&refusal).path().as_str(), reason(&refusal).reason()), (path, &why), "{refusal}");
        assert!(root.pending().is_empty() && root.state().is_none());
    }
}
