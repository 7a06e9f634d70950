use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[event_handler(from = now, concurrency = 0)]
async fn none(_: &Opened) {}

#[event_handler(from = now, concurrency = 1001)]
async fn too_many(_: &Opened) {}

#[event_handler(from = now, concurrency = "16")]
async fn quoted(_: &Opened) {}

#[event_handler(from = now, attempts = -1)]
async fn negative(_: &Opened) {}

#[event_handler(from = now, attempts = 0)]
async fn never(_: &Opened) {}

#[event_handler(from = now, attempts = 4294967296)]
async fn more_than_there_are(_: &Opened) {}

#[event_handler(from = now, attempts = 1, delay = "1s..10m")]
async fn once(_: &Opened) {}

fn main() {}
