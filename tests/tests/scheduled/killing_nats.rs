//! The same on NATS, where a command, its refusal and its row are several messages.

use std::{path::Path, sync::Arc};

use cqrs::store::{Store, nats::NatsStore};
use cqrs_tests::{
    child,
    nats::{Prefix, server_answers},
};

use super::killing::{each_is_handled_once, run_child};

const NAME: &str = "killing_nats::killed_between_any_two_steps_each_command_is_handled_once";

async fn open(address: &Path) -> Arc<dyn Store> {
    let address = address.to_str().expect("an address is text");
    Arc::new(NatsStore::connect(address).await.expect("the store should open"))
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_between_any_two_steps_each_command_is_handled_once() {
    if let Some(orders) = child::orders(NAME) {
        return run_child(open(&orders.file).await).await;
    }
    if !server_answers() {
        return;
    }
    let prefix = Prefix::new();
    let address = prefix.address();
    let address = Path::new(&address);
    each_is_handled_once(open(address).await, NAME, address).await;
}
