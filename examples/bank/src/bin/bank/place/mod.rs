//! Where the bank is kept, and over what its commands go.

mod bus;
mod option;
mod store;

pub(crate) use bus::{BusAddress, OpenBus};
pub(crate) use store::StoreAddress;

/// An address was given whose engine this program was built without.
#[cfg_attr(all(feature = "nats", feature = "postgres", feature = "rabbitmq"), expect(dead_code))]
fn not_built_in(engine: &str, feature: &str) -> anyhow::Error {
    anyhow::anyhow!(
        "this bank was built without {engine}: give `cargo run -p bank` the option `--features {feature}`, beside those it has"
    )
}
