//! A command that waits is handled when it is due, and once.

use cqrs::{dispatch::Scheduled, prelude::*, testing::ManualClock};
use cqrs_tests::bank::*;

use super::world::{MINUTE, balance, builder, clock, credit, debit, opened, places, registry};

fn waiting(scheduled: &Scheduled) -> CommandId {
    match scheduled {
        Scheduled::Waiting { command_id, .. } => *command_id,
        Scheduled::Handled(receipt) => panic!("it was handled: {receipt:?}"),
    }
}

#[tokio::test]
async fn it_is_handled_when_it_is_due_and_not_before() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let dispatch = app.dispatch(credit("a", 5)).actor("alice").after(10 * MINUTE);
        let id = waiting(&dispatch.await.unwrap());
        app.dispatch_json("credit-account", r#"{"account":"a","amount":7}"#)
            .at(clock_in(&clock, 20))
            .await
            .unwrap();
        let moment = std::time::Duration::from_nanos(1);
        clock.advance(&app, (10 * MINUTE).saturating_sub(moment)).await;
        assert_eq!(balance(&app, "a").await, 0);
        clock.advance(&app, moment).await;
        assert_eq!(balance(&app, "a").await, 5);
        let receipt = app.dispatch(credit("a", 5)).command_id(id).await.unwrap();
        assert!(receipt.repeated, "{receipt:?}");
        clock.advance(&app, 10 * MINUTE).await;
        assert_eq!(balance(&app, "a").await, 12);
        let events = app.history().all().collect().await.unwrap();
        let credited = events.iter().find(|event| event.envelope.name == "money-credited").unwrap();
        assert_eq!(credited.envelope.metadata.actor.as_deref(), Some("alice"));
        assert!(app.scheduled().all().next_page().await.unwrap().is_none());
        app.shutdown().await.unwrap();
    }
}

fn clock_in(clock: &ManualClock, minutes: i64) -> cqrs::Timestamp {
    use cqrs::clock::Clock;
    clock.now() + jiff_minutes(minutes)
}

fn jiff_minutes(minutes: i64) -> std::time::Duration {
    MINUTE * u32::try_from(minutes).unwrap()
}

#[tokio::test]
async fn the_same_id_waits_once_and_another_command_is_refused() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let id = CommandId::generate();
        let first = app.dispatch(credit("a", 5)).command_id(id).after(MINUTE).await.unwrap();
        let again = app.dispatch(credit("a", 5)).command_id(id).after(5 * MINUTE).await.unwrap();
        assert_eq!(first, again, "it is due when it was said first");
        for other in [
            app.dispatch(credit("a", 6)).command_id(id).after(MINUTE).await.unwrap_err().code(),
            app.dispatch(debit("a", 5)).command_id(id).after(MINUTE).await.unwrap_err().code(),
        ] {
            assert_eq!(other, "command-id-reused");
        }
        clock.advance(&app, 10 * MINUTE).await;
        assert_eq!(balance(&app, "a").await, 5);
        match app.dispatch(credit("a", 5)).command_id(id).after(MINUTE).await.unwrap() {
            Scheduled::Handled(receipt) => assert_eq!((receipt.command_id, receipt.event_count()), (id, 1)),
            other @ Scheduled::Waiting { .. } => panic!("it was handled: {other:?}"),
        }
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_cannot_be_dispatched_cannot_be_scheduled() {
    let place = places().await.swap_remove(0);
    let mut registry = registry();
    registry.command::<Transfer>();
    let app = opened(builder(&place.store).registry(registry)).await;
    let later = |name: &str, json: &str| app.dispatch_json(name, json).after(MINUTE);
    assert_eq!(later("nothing", "{}").await.unwrap_err().code(), "unknown-command");
    assert_eq!(later("credit-account", r#"{"account":"a"}"#).await.unwrap_err().code(), "malformed");
    let reserved = app.dispatch(credit("a", 1)).header("cqrs-depth", "1").after(MINUTE).await;
    assert_eq!(reserved.unwrap_err().code(), "reserved-header");
    let transfer = Transfer { from: AccountId::new("a"), to: AccountId::new("b"), amount: 1 };
    let expecting = app.dispatch(transfer).expected_version(Version::new(1)).after(MINUTE).await;
    assert_eq!(expecting.unwrap_err().code(), "no-single-aggregate");
}

/// They are begun in the order in which they are due, although all are due when the poller looks.
#[tokio::test]
async fn commands_of_one_aggregate_come_in_the_order_of_their_times() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        for number in (1..=100_u32).rev() {
            app.dispatch(credit("a", number.into())).after(MINUTE * number).await.unwrap();
        }
        clock.set(clock_in(&clock, 1_000));
        clock.advance(&app, MINUTE).await;
        let stream = app.history().stream(Account::stream(&AccountId::new("a"))).collect().await.unwrap();
        let amounts: Vec<i64> =
            stream[1..].iter().map(|event| event.decode::<MoneyCredited>().unwrap().amount).collect();
        assert_eq!(amounts, (1..=100).collect::<Vec<_>>());
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_waits_is_listed_with_the_next_first() {
    for place in places().await {
        let app = opened(builder(&place.store).clock(clock())).await;
        for number in (1..=600_u32).rev() {
            let command = app.dispatch(credit("a", number.into())).actor(format!("{number}"));
            command.after(MINUTE * number).expires_after(MINUTE).await.unwrap();
        }
        let mut pages = app.scheduled().all();
        let mut seen = Vec::new();
        while let Some(page) = pages.next_page().await.unwrap() {
            seen.extend(page);
        }
        let actors: Vec<_> = seen.iter().map(|command| command.metadata.actor.clone().unwrap()).collect();
        assert_eq!(actors, (1..=600).map(|number| format!("{number}")).collect::<Vec<_>>());
        let first = app.scheduled().find(seen[0].id).await.unwrap().unwrap();
        assert_eq!((&first, first.name.as_str(), first.attempts), (&seen[0], "credit-account", 0));
        assert_eq!(first.expires, Some(first.due + MINUTE));
        assert!(app.scheduled().find(CommandId::generate()).await.unwrap().is_none());
        app.shutdown().await.unwrap();
    }
}
