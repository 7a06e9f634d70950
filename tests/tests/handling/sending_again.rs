//! A handler that is called with an event again sends nothing twice.

use std::sync::Arc;

use cqrs::prelude::*;
use cqrs_tests::bank::*;

use super::world::*;

/// It fails between the two, and after them.
#[event_handler(from = start)]
async fn split(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        dispatcher.dispatch(credit("a", event.amount)).await?;
        script.at("between the two")?;
        dispatcher.dispatch(credit("b", event.amount)).await?;
        script.at("after them")?;
    }
    Ok(())
}

/// Three of one name to one aggregate, and one to another beside them.
#[event_handler(from = start)]
async fn send_several(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        let by_name = format!(r#"{{"account":"a","amount":{}}}"#, event.amount);
        let to_a = async {
            dispatcher.dispatch(credit("a", event.amount)).await?;
            dispatcher.dispatch(credit("a", event.amount)).await?;
            Ok::<_, Failed>(dispatcher.dispatch_json("credit-account", by_name).await?)
        };
        let to_b = async { Ok::<_, Failed>(dispatcher.dispatch(credit("b", event.amount)).await?) };
        // The other order the second time.
        if script.at("after several").is_err() {
            to_a.await?;
            to_b.await?;
            return Err(script.at("after several again").unwrap_err().into());
        }
        futures_util::future::try_join(to_b, to_a).await?;
    }
    Ok(())
}

/// Both are of one call, and count together.
#[event_handler(from = start)]
async fn send_by_two(
    event: &MoneyCredited,
    account: Id<Account>,
    one: Inject<Dispatcher>,
    other: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        one.dispatch(credit("a", event.amount)).await?;
        Dispatcher::clone(&other).dispatch(credit("a", event.amount)).await?;
        script.at("the end")?;
    }
    Ok(())
}

/// Whatever the amount is now, the command was sent.
#[event_handler(from = start)]
async fn send_what_differs(
    _: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        script.note("called");
        let amount = i64::try_from(script.notes().len()).unwrap();
        dispatcher.dispatch(credit("a", amount)).await?;
        script.at("the end")?;
    }
    Ok(())
}

/// Under one id for all events.
#[event_handler(from = start)]
async fn send_once(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        let id = CommandId::derived("welcome", event.amount);
        dispatcher.dispatch(credit("a", event.amount)).command_id(id).await?;
    }
    Ok(())
}

#[event_handler(from = start)]
async fn take_back(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        let debit = DebitAccount { account: AccountId::new("a"), amount: event.amount };
        let debited = dispatcher.dispatch(debit).await;
        script.note(if debited.is_ok() { "debited" } else { "refused" });
        debited?;
    }
    Ok(())
}

#[tokio::test]
async fn what_took_effect_before_the_failure_takes_effect_once() {
    for number in 0..2 {
        let script = Script::failing(["between the two", "after them"]);
        let app = applications(&["split"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert!(script.has_failed_everywhere());
        assert_eq!((amounts(&app, "a").await, amounts(&app, "b").await), (vec![7], vec![7]));
        app.shutdown().await;
    }
}

#[tokio::test]
async fn commands_are_counted_by_aggregate_and_name_whatever_their_order() {
    for number in 0..2 {
        let script = Script::failing(["after several", "after several again"]);
        let app = applications(&["send-several"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert!(script.has_failed_everywhere());
        assert_eq!((amounts(&app, "a").await, amounts(&app, "b").await), (vec![7, 7, 7], vec![7]));
        app.shutdown().await;
    }
}

#[tokio::test]
async fn dispatchers_of_one_call_count_together() {
    for number in 0..2 {
        let script = Script::failing(["the end"]);
        let app = applications(&["send-by-two"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert!(script.has_failed_everywhere());
        assert_eq!(amounts(&app, "a").await, [7, 7]);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_sent_again_is_the_same_command_whatever_it_holds() {
    for number in 0..2 {
        let script = Script::failing(["the end"]);
        let app = applications(&["send-what-differs"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert_eq!((script.notes().len(), amounts(&app, "a").await), (2, vec![1]));
        app.shutdown().await;
    }
}

#[tokio::test]
async fn an_id_of_the_handlers_own_is_taken() {
    let script = Script::failing([]);
    for app in applications(&["send-once"], &script).await {
        app.dispatch(credit("source", 7)).await.unwrap();
        app.dispatch(credit("source", 7)).await.unwrap();
        app.dispatch(credit("source", 8)).await.unwrap();
        app.settled().await;
        assert_eq!(amounts(&app, "a").await, [7, 8]);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn what_was_refused_is_decided_again() {
    for number in 0..2 {
        let script = Script::failing([]);
        let app = applications(&["take-back"], &script).await.remove(number);
        app.dispatch(credit("source", 7)).await.unwrap();
        while script.notes().len() < 2 {
            tokio::task::yield_now().await;
        }
        app.dispatch(credit("a", 9)).await.unwrap();
        app.settled().await;
        assert_eq!(script.notes().iter().filter(|note| *note == "debited").count(), 1);
        let account = app.repository::<Account>().load(&AccountId::new("a")).await.unwrap();
        assert_eq!(account.state().unwrap().balance, 2);
        app.shutdown().await;
    }
}
