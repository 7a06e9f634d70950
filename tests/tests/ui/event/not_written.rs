use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened {
    owner: String,
    #[serde(skip_serializing)]
    secret: String,
}

#[derive(Event, Serialize, Deserialize)]
enum Address {
    Changed {
        #[serde(skip_serializing_if = "Vec::is_empty")]
        lines: Vec<String>,
        #[serde(skip_serializing_if = "Option::is_none", with = "text")]
        zip: Option<u32>,
        // What is missing is read as `None`.
        #[serde(skip_serializing_if = "Option::is_none")]
        city: Option<String>,
        // And this from its default.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        names: Vec<String>,
    },
    Noted(#[serde(skip_serializing)] String),
}

mod text {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer>(zip: &Option<u32>, to: S) -> Result<S::Ok, S::Error> {
        zip.serialize(to)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<u32>, D::Error> {
        Deserialize::deserialize(from)
    }
}

fn main() {}
