//! What the conference decides, aggregate by aggregate, process by process, and as a whole.

mod management;
mod orders;
mod payments;
mod process;
mod read_models;
mod sales;
mod seats;
mod time;
mod world;
