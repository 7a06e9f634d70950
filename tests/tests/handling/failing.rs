//! What becomes of the failures of commands that a handler sends.

use std::{convert::Infallible, sync::Arc, time::Duration};

use cqrs::prelude::*;
use cqrs_tests::bank::*;

use super::world::*;

#[derive(Event, Serialize, Deserialize, Debug, Clone, PartialEq, Eq)]
pub struct Weighed;

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Weigh {
    #[command(id)]
    scales: u32,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Default)]
#[aggregate(id = u32)]
pub struct Scales;

#[event_handler]
impl Scales {
    fn weighed(&mut self, _: &Weighed) {}
}

#[command_handler]
impl Scales {
    /// It hangs the first time.
    async fn weigh(_this: Option<&Self>, _: Weigh, script: Inject<Arc<Script>>) -> Weighed {
        if script.at("weighing").is_err() {
            std::future::pending::<()>().await;
        }
        Weighed
    }
}

#[event_handler(from = start)]
async fn weigh_it(
    _: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), DispatchError<Infallible>> {
    if is_from_outside(&account) {
        dispatcher.dispatch(Weigh { scales: 7 }).time_limit(Duration::from_millis(20)).await?;
    }
    Ok(())
}

/// The handler is called again, and so the command is sent again: it has not failed yet.
#[tokio::test]
async fn what_may_pass_is_no_failure_of_the_command() {
    for number in 0..2 {
        let script = Script::failing(["weighing"]);
        let app = applications(&["weigh-it"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert!(script.has_failed_everywhere());
        assert!(app.repository::<Scales>().find(&7).await.unwrap().is_some());
        assert_eq!(app.history().failures(10).await.unwrap(), []);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn what_will_not_pass_is_one_and_says_what_caused_the_command() {
    let script = Script::failing([]);
    let app = applications(&["open-again"], &script).await.remove(1);
    app.dispatch(credit("source", 7)).await.unwrap();
    app.settled().await;
    let failures = app.history().failures(10).await.unwrap();
    let [failure] = &failures[..] else { panic!("{failures:?}") };
    let [(_, cause)] = &credits(&app, "source").await[..] else { panic!("one event") };
    assert_eq!(failure.name, "open-account");
    assert_eq!(failure.metadata.causation_id, Some(cause.envelope.id.into()));
    app.shutdown().await;
}

/// That it is open already does not matter.
#[event_handler(from = start)]
async fn open_again(_: &MoneyCredited, account: Id<Account>, dispatcher: Inject<Dispatcher>) {
    let open = OpenAccount { account: account.into_inner(), owner: "bob".into() };
    drop(dispatcher.dispatch(open).await);
}
