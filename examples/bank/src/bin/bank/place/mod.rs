//! Where the bank is kept, and over what its commands go.

mod bus;
mod option;
mod store;

pub(crate) use bus::{BusAddress, OpenBus};
pub(crate) use store::StoreAddress;
