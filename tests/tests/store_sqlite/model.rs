//! The store against a plain model, reopened after each step.

use cqrs::{
    Version,
    store::{EventStore, Expected},
    testing::store::{Model, ModelWrite},
};
use proptest::{collection::vec, option, prelude::*};

use crate::place::File;

fn expectation() -> impl Strategy<Value = Expected> {
    prop_oneof![
        Just(Expected::Any),
        Just(Expected::NoStream),
        Just(Expected::Exists),
        (0..6_u64).prop_map(|version| Expected::Exactly(Version::new(version))),
    ]
}

fn write() -> impl Strategy<Value = ModelWrite> {
    (0..3_u8, expectation(), 0..4_u8).prop_map(|(stream, expected, count)| ModelWrite {
        stream,
        expected,
        count,
    })
}

/// Writes, and the command they answer: one of a few ids with one of two payloads.
type Step = (Vec<ModelWrite>, Option<(u8, u8)>);

fn step() -> impl Strategy<Value = Step> {
    (vec(write(), 0..4), option::of((0..3_u8, 0..2_u8)))
}

async fn run(steps: Vec<Step>) {
    let file = File::new();
    let (mut store, mut model) = (file.store(), Model::default());
    for (writes, command) in steps {
        model.append(&store, &writes, command).await;
        store.close().await.expect("the store should close");
        store = file.store();
        model.check(&store).await;
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn the_store_agrees_with_the_model_after_each_step(steps in vec(step(), 1..12)) {
        let runtime = tokio::runtime::Runtime::new().expect("a runtime");
        runtime.block_on(run(steps));
    }
}
