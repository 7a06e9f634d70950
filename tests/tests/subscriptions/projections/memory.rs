//! Read models in memory.

use std::{collections::BTreeMap, sync::Arc};

use cqrs::{
    prelude::*,
    registry::Registry,
    store::memory::MemoryStore,
    subscription::{State, WaitError},
};
use cqrs_tests::bank::*;

use super::{super::world::*, running};

macro_rules! sums {
    ($type:ident, $name:literal, $($key:tt)*) => {
        #[derive(Projection, Default, Debug)]
        #[projection(name = $name, $($key)*)]
        pub struct $type {
            pub by_account: BTreeMap<String, i64>,
        }

        #[event_handler]
        impl $type {
            fn credited(
                &mut self,
                event: &MoneyCredited,
                account: Id<Account>,
                probe: Inject<Arc<Probe>>,
            ) -> Result<(), ToldToFail> {
                probe.obey(event.amount)?;
                *self.by_account.entry(account.0.clone()).or_default() += event.amount;
                Ok(())
            }
        }
    };
}

sums!(Sums, "sums", version = 1);
sums!(ParkingSums, "parking-sums", on_failure = park);

#[tokio::test]
async fn a_projection_in_memory_stops_at_a_failure_and_a_rebuild_goes_on() {
    let probe = Probe::new();
    let app = running(MemoryStore::new(), &probe, Registry::projection::<Sums>).await;
    let first = credit(&app, "a", 1).await;
    app.wait_for::<Sums>(&first).await.unwrap();
    probe.fail(13);
    let failing = credit(&app, "a", 13).await;
    let after = credit(&app, "b", 2).await;
    let error = app.wait_for::<Sums>(&failing).await.unwrap_err();
    assert!(matches!(&error, WaitError::Stopped { name: "sums", .. }), "{error}");
    assert!(error.to_string().contains("told to fail at 13"), "{error}");
    app.wait_for::<Sums>(&after).await.unwrap_err();
    // Old, but not wrong; and what it has seen can still be waited for.
    assert_eq!(app.projection::<Sums>().read().by_account, [("a".to_owned(), 1)].into());
    app.wait_for::<Sums>(&first).await.unwrap();
    assert!(matches!(app.status()[0].state, State::Stopped(_)));
    probe.mend();
    app.start_rebuild::<Sums>().await.unwrap();
    app.wait_for::<Sums>(&after).await.unwrap();
    assert_eq!(
        app.projection::<Sums>().read().by_account,
        [("a".to_owned(), 14), ("b".to_owned(), 2)].into()
    );
}

#[tokio::test]
async fn a_projection_in_memory_that_parks_goes_on_without_the_failing_stream() {
    let probe = Probe::new();
    probe.fail(13);
    probe.panicking.lock().unwrap().insert(14);
    let app = running(MemoryStore::new(), &probe, Registry::projection::<ParkingSums>).await;
    for (account, amount) in [("a", 1), ("a", 13), ("a", 2), ("b", 5), ("c", 14)] {
        credit(&app, account, amount).await;
    }
    let last = credit(&app, "b", 6).await;
    app.wait_for::<ParkingSums>(&last).await.unwrap();
    let sums = app.projection::<ParkingSums>().read().by_account.clone();
    assert_eq!(sums, [("a".to_owned(), 1), ("b".to_owned(), 11)].into());
}
