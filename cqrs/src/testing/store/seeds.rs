//! Operations at random, held against a model; the same ones each time.

use fastrand::Rng;

use crate::{message::Version, store::Expected};

use super::{
    model::{Model, ModelWrite},
    opened::Opened,
};

const SEEDS: u64 = 3;
const APPENDS: usize = 40;

pub(super) async fn appends_at_random_do_what_the_model_says(store: Opened<'_>) {
    let several = store.capabilities().several_streams;
    let mut model = Model::default();
    for seed in 0..SEEDS {
        let mut random = Rng::with_seed(seed);
        for _ in 0..APPENDS {
            let count = if several { 1 + random.usize(..3) } else { 1 };
            let writes = writes(&mut random, count);
            let command = (random.u8(..3) > 0).then(|| (random.u8(..12), random.u8(..8) / 7));
            model.append(&*store, &writes, command).await;
        }
    }
}

fn writes(random: &mut Rng, count: usize) -> Vec<ModelWrite> {
    let mut write =
        || ModelWrite { stream: random.u8(..4), expected: expected(random), count: random.u8(..4) };
    (0..count).map(|_| write()).collect()
}

fn expected(random: &mut Rng) -> Expected {
    match random.u8(..6) {
        0 => Expected::NoStream,
        1 => Expected::Exactly(Version::new(random.u64(..8))),
        2 => Expected::Exists,
        _ => Expected::Any,
    }
}
