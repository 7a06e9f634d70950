//! Several applications on one store, of which one works at a time.

use std::{sync::Arc, time::Duration};

use cqrs::{prelude::*, store::Store};
use cqrs_tests::process_audit::audit_processes;

use crate::{
    ringing::{AskForRinging, Clapper, Ringing, ask, registry, shut},
    world::{builder, places},
};

const RINGINGS: u32 = 20;
const AGAIN: u32 = 3;

async fn started(store: &Arc<dyn Store>) -> Application {
    let builder = builder(store).registry(registry()).provide(Arc::<Clapper>::default());
    builder.start().await.unwrap()
}

/// The second takes over in the middle, and what both have begun has one outcome.
#[tokio::test(flavor = "multi_thread")]
async fn another_application_takes_over_in_the_middle_and_nothing_happens_twice() {
    for here in places().await {
        let (first, second) = (started(&here.store).await, started(&here.of_another).await);
        for ringing in 0..RINGINGS {
            let again =
                AskForRinging { again: AGAIN, pause: 20, ..ask(ringing, &[ringing % 3, ringing % 4]) };
            let by = if ringing % 2 == 0 { &first } else { &second };
            by.dispatch(again).await.unwrap();
            by.dispatch(shut(ringing % 3, ringing % 5 == 0)).await.unwrap();
        }
        while audit_processes(&*here.store).await.steps < 60 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        drop(first);
        let started = std::time::Instant::now();
        let expected = usize::try_from(RINGINGS * AGAIN).unwrap();
        let told = loop {
            let told = audit_processes(&*here.of_another).await;
            if told.are_settled() && told.timers == expected {
                break told;
            }
            assert!(started.elapsed() < Duration::from_mins(1), "{told:?} {:?}", second.status());
            tokio::time::sleep(Duration::from_millis(10)).await;
        };
        assert_eq!(told.accepted + told.refused, usize::try_from(RINGINGS * (2 + 2 * AGAIN)).unwrap());
        let state = second.process::<Ringing>().state(&3).await.unwrap();
        assert_eq!(state.state().map(|ringing| ringing.alarms), Some(AGAIN));
        second.shutdown().await.unwrap();
    }
}
