//! What a handler sends follows from its event.

use std::sync::Arc;

use cqrs::{dispatch::Scheduled, prelude::*};
use cqrs_tests::bank::*;

use super::world::*;

#[event_handler(from = start)]
async fn pass_on(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        dispatcher.dispatch(credit("a", event.amount)).await?;
    }
    Ok(())
}

#[event_handler(from = start)]
async fn pass_on_as_well(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        dispatcher.dispatch(credit("a", event.amount)).await?;
    }
    Ok(())
}

#[event_handler(from = start)]
async fn pass_on_later(
    event: &MoneyCredited,
    account: Id<Account>,
    dispatcher: Inject<Dispatcher>,
    script: Inject<Arc<Script>>,
) -> Result<(), Failed> {
    if is_from_outside(&account) {
        let day = std::time::Duration::from_hours(24);
        let scheduled = dispatcher.dispatch(credit("a", event.amount)).after(day).await?;
        let Scheduled::Waiting { command_id, .. } = scheduled else { panic!("{scheduled:?}") };
        script.note(command_id.to_string());
        script.at("the end")?;
    }
    Ok(())
}

#[tokio::test]
async fn it_is_caused_by_the_event_and_carries_what_the_event_carries() {
    let script = Script::failing([]);
    for app in applications(&["pass-on"], &script).await {
        let sent = app.dispatch(credit("source", 7)).actor("alice").on_behalf_of("bob").tenant("north");
        sent.header("channel", "web").await.unwrap();
        app.settled().await;
        let [(_, cause)] = &credits(&app, "source").await[..] else { panic!("one event") };
        let [(7, effect)] = &credits(&app, "a").await[..] else { panic!("one event") };
        let (cause, effect) = (&cause.envelope.metadata, &effect.envelope.metadata);
        assert_ne!(effect.causation_id, cause.causation_id);
        assert!(effect.time >= cause.time);
        let but_for_these = Metadata { causation_id: cause.causation_id, time: cause.time, ..effect.clone() };
        assert_eq!(but_for_these, *cause);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn two_handlers_send_two_commands() {
    let script = Script::failing([]);
    for app in applications(&["pass-on", "pass-on-as-well"], &script).await {
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        let [(7, one), (7, other)] = &credits(&app, "a").await[..] else { panic!("two events") };
        assert_ne!(one.envelope.metadata.causation_id, other.envelope.metadata.causation_id);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn two_events_send_two_commands() {
    let script = Script::failing([]);
    for app in applications(&["pass-on"], &script).await {
        app.dispatch(credit("source", 7)).await.unwrap();
        app.dispatch(credit("source", 7)).await.unwrap();
        app.settled().await;
        assert_eq!(amounts(&app, "a").await, [7, 7]);
        app.shutdown().await;
    }
}

#[tokio::test]
async fn what_is_sent_for_later_by_a_handler_that_is_called_twice_waits_once() {
    let script = Script::failing(["the end"]);
    let app = applications(&["pass-on-later"], &script).await.remove(1);
    app.dispatch(credit("source", 7)).actor("alice").await.unwrap();
    app.settled().await;
    assert!(script.has_failed_everywhere());
    let [first, second] = &script.notes()[..] else { panic!("two calls: {:?}", script.notes()) };
    assert_eq!(first, second);
    let waiting = app.scheduled().all().next_page().await.unwrap().unwrap();
    let [waiting] = &waiting[..] else { panic!("one waits: {waiting:?}") };
    let [(_, cause)] = &credits(&app, "source").await[..] else { panic!("one event") };
    assert_eq!(waiting.id.to_string(), *first);
    assert_eq!(waiting.metadata.causation_id, Some(cause.envelope.id.into()));
    assert_eq!(waiting.metadata.actor.as_deref(), Some("alice"));
    app.shutdown().await;
}
