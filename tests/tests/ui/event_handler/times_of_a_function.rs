use cqrs::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Event, Serialize, Deserialize)]
struct Opened;

#[event_handler(from = now, time_limit = "30")]
async fn without_unit(_: &Opened) {}

#[event_handler(from = now, time_limit = 30s)]
async fn without_quotes(_: &Opened) {}

#[event_handler(from = now, time_limit = "30 seconds")]
async fn unknown_unit(_: &Opened) {}

#[event_handler(from = now, time_limit = "soon")]
async fn without_number(_: &Opened) {}

#[event_handler(from = now, time_limit = "0s")]
async fn at_once(_: &Opened) {}

#[event_handler(from = now, time_limit = "400d")]
async fn ages(_: &Opened) {}

#[event_handler(from = now, delay = "1s")]
async fn one_wait(_: &Opened) {}

#[event_handler(from = now, delay = "10m..1s")]
async fn turned_round(_: &Opened) {}

#[event_handler(from = now, delay = "0ms..1s")]
async fn without_a_pause(_: &Opened) {}

#[event_handler(from = now, delay = "1s..")]
async fn half_of_it(_: &Opened) {}

#[event_handler(from = now, delay = 1s..10m)]
async fn unquoted(_: &Opened) {}

#[event_handler(from = now, timelimit = "30s")]
async fn misspelt(_: &Opened) {}

fn main() {}
