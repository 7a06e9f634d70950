use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
#[serde(tag = "kind", content = "value")]
enum Address {
    Changed,
}

#[derive(Event, Serialize, Deserialize)]
#[serde(untagged)]
enum Place {
    Changed(u8),
}

#[derive(Clone, Serialize, Deserialize)]
struct Plain;

impl From<Plain> for Name {
    fn from(_: Plain) -> Self {
        Self::Changed
    }
}

impl From<Name> for Plain {
    fn from(_: Name) -> Self {
        Self
    }
}

#[derive(Event, Clone, Serialize, Deserialize)]
#[serde(from = "Plain", into = "Plain")]
enum Name {
    Changed,
}

fn main() {}
