//! What is kept about a subscription is not believed if it cannot be.

use cqrs::{
    application::{DeadLetterError, Verdict},
    prelude::*,
    projection::OnFailure,
    registry::Registry,
    store::{DeadLetterState, memory::MemoryStore},
    subscription::{LostEvent, State, WaitError},
};
use cqrs_tests::bank::*;
#[cfg(feature = "postgres")]
use cqrs_tests::services::Service;

#[cfg(feature = "postgres")]
use super::projections::Database;
use super::{
    projections::{File, Ledger, ParkingLedger, Place},
    world::*,
};

fn subscribed(registry: &mut Registry) {
    registry.projection::<ParkingLedger>();
    registry.event_handler::<Watcher>();
}

/// A file with some credits, in which somebody has changed something by force; and an application on it.
async fn forced(credits: &[(&str, i64)], sql: &str) -> (File, Application, std::sync::Arc<Probe>) {
    let place = File::new().await;
    let before = app_with(place.again().await, &Probe::new(), quick(), |_| ()).await;
    for (account, amount) in credits {
        credit(&before, account, *amount).await;
    }
    before.shutdown().await.unwrap();
    let db = rusqlite::Connection::open(place.address()).unwrap();
    db.execute_batch(&format!(
        "DROP TRIGGER events_are_not_changed; DROP TRIGGER events_are_not_removed; {sql}"
    ))
    .unwrap();
    drop(db);
    let probe = Probe::new();
    let app = app_with(place.again().await, &probe, quick(), subscribed).await;
    (place, app, probe)
}

async fn until_stopped(app: &Application, name: &str) -> String {
    let stopped = async {
        loop {
            let status = app.status().into_iter().find(|status| status.name == name).unwrap();
            if let State::Stopped(error) = status.state {
                return error.to_string();
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(PATIENCE, stopped).await.expect("it stops")
}

/// Whoever waits is told, health says so, and a rebuild mends it.
async fn is_told<P: Place>(place: &P, app: &Application) {
    let receipt = credit(app, "a", 2).await;
    let error = app.wait_for::<P::Ledger>(&receipt).await.unwrap_err();
    assert!(matches!(error, WaitError::Stopped { .. }), "{error}");
    for part in ["`ledger`", "checkpoint", "1000000"] {
        assert!(error.to_string().contains(part), "{error}");
    }
    let health = app.health().await;
    assert_eq!(health.verdict, Verdict::Failing);
    assert!(health.findings.iter().any(|finding| finding.contains("checkpoint of `ledger`")), "{health:?}");
    app.start_rebuild::<P::Ledger>().await.unwrap();
    app.wait_for::<P::Ledger>(&receipt).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2]);
}

const FORCE: &str = "UPDATE subscriptions SET position = 1000000";

async fn a_checkpoint_beyond_the_log_is_refused<P: Place>(force: impl AsyncFn(&P)) {
    let place = P::new().await;
    let app = app_with(place.again().await, &Probe::new(), quick(), Registry::projection::<P::Ledger>).await;
    let receipt = credit(&app, "a", 1).await;
    app.wait_for::<P::Ledger>(&receipt).await.unwrap();
    // While it runs.
    force(&place).await;
    is_told(&place, &app).await;
    app.shutdown().await.unwrap();
    // At start.
    force(&place).await;
    let app = app_with(place.again().await, &Probe::new(), quick(), Registry::projection::<P::Ledger>).await;
    let error = until_stopped(&app, "ledger").await;
    assert!(error.contains("is at position 1000000, but the log has come to 3 only"), "{error}");
    app.start_rebuild::<P::Ledger>().await.unwrap();
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<P::Ledger>(head).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2]);
}

#[tokio::test]
async fn a_projection_does_not_believe_a_checkpoint_where_the_log_has_never_been() {
    a_checkpoint_beyond_the_log_is_refused(async |place: &File| {
        rusqlite::Connection::open(place.address()).unwrap().execute_batch(FORCE).unwrap();
    })
    .await;
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        a_checkpoint_beyond_the_log_is_refused(async |place: &Database| {
            sqlx::query(FORCE).execute(&mut place.schema.connection().await).await.unwrap();
        })
        .await;
    }
}

#[tokio::test]
async fn an_event_handler_waits_until_its_checkpoint_is_mended() {
    for (position, part) in [
        ("1000000", "the checkpoint of `watcher` is at position 1000000"),
        ("-5", "subscription `watcher` cannot be read"),
    ] {
        let started =
            "INSERT INTO subscriptions (name, version, position, started_at, epoch) VALUES ('watcher', 1,";
        let sql = format!("PRAGMA ignore_check_constraints = ON; {started} {position}, 0, 0)");
        let (place, app, probe) = forced(&[("a", 1)], &sql).await;
        let error = until_stopped(&app, "watcher").await;
        assert!(error.contains(part) && error.contains(position), "{error}");
        let health = app.health().await;
        assert!(health.findings.iter().any(|finding| finding.contains("`watcher`")), "{health:?}");
        assert!(health.store.error.is_none(), "{health:?}");
        let mend = "UPDATE subscriptions SET position = 0 WHERE name = 'watcher'";
        rusqlite::Connection::open(place.address()).unwrap().execute_batch(mend).unwrap();
        probe.until_called("watcher", 1).await;
    }
}

#[tokio::test]
async fn a_log_that_lost_its_last_events_is_no_reason_to_doubt_a_checkpoint() {
    let place = File::new().await;
    let app = app_with(place.again().await, &Probe::new(), quick(), Registry::projection::<Ledger>).await;
    let receipt = credit(&app, "a", 1).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    app.shutdown().await.unwrap();
    let db = rusqlite::Connection::open(place.address()).unwrap();
    db.execute_batch("DROP TRIGGER events_are_not_removed; DELETE FROM events").unwrap();
    let app = app_with(place.again().await, &Probe::new(), quick(), Registry::projection::<Ledger>).await;
    let receipt = credit(&app, "a", 2).await;
    app.wait_for::<Ledger>(&receipt).await.unwrap();
    assert_eq!(place.amounts().await, [1, 2]);
}

#[tokio::test]
async fn a_lease_that_nobody_can_have_is_taken_over() {
    let holders = ["'zzz', '9999-12-31T00:00:00.000000000Z'", "'zzz', NULL", "'zzz', 'whenever'"];
    for holder in holders {
        let sql = format!(
            "INSERT INTO subscriptions (name, version, position, started_at, epoch, owner, lease_until) \
             VALUES ('watcher', 1, 0, 0, 7, {holder})"
        );
        let (_place, _app, probe) = forced(&[("a", 1)], &sql).await;
        probe.until_called("watcher", 1).await;
    }
    #[cfg(feature = "postgres")]
    if Service::PostgreSql.answers() {
        let place = Database::new().await;
        let sql = "INSERT INTO subscriptions (name, version, position, started_at, epoch, owner, lease_until) \
                   VALUES ('watcher', 1, 0, 0, 7, gen_random_uuid(), 'infinity')";
        sqlx::query(sql).execute(&mut place.schema.connection().await).await.unwrap();
        let probe = Probe::new();
        let app = watching(place.again().await, &probe).await;
        credit(&app, "a", 1).await;
        probe.until_called("watcher", 1).await;
    }
}

#[tokio::test]
async fn a_letter_whose_event_is_gone_fails_and_the_others_go_on() {
    let letters = "INSERT INTO dead_letters SELECT value, 'account', 'a', 2, 2, 'retrying', 1, 'x', \
                   '2026-01-02T03:04:05.000000000Z', NULL, 'letters' FROM json_each('[\"watcher\", \"parking-ledger\"]')";
    let (place, app, probe) =
        forced(&[("a", 1), ("b", 2)], &format!("DELETE FROM events WHERE position = 2; {letters}")).await;
    probe.until_called("watcher", 2).await;
    let failed = |letters: &[cqrs::store::DeadLetter]| letters[0].state == DeadLetterState::Failed;
    for name in ["watcher", "parking-ledger"] {
        let letter = until_letters(&app, name, failed).await.remove(0);
        assert_eq!(letter.error, "the event at position 2 is gone from the log", "{name}");
        let listed = app.dead_letters(name).list().await.unwrap();
        assert!(matches!(listed[0].event, Err(LostEvent::Gone(_))), "{listed:?}");
        app.dead_letters(name).skip(Position::new(2)).await.unwrap();
        until_letters(&app, name, <[cqrs::store::DeadLetter]>::is_empty).await;
    }
    assert!(place.amounts().await.contains(&2));
}

/// Parks a stream whose event cannot be read.
#[derive(Projection, Default, Debug)]
#[projection(on_failure = park)]
struct Careful(Vec<i64>);

#[event_handler]
impl Careful {
    fn credited(&mut self, event: &MoneyCredited) {
        self.0.push(event.amount);
    }
}

/// Stops at an event that cannot be read.
#[derive(Projection, Default, Debug)]
struct Fragile(Vec<i64>);

#[event_handler]
impl Fragile {
    fn credited(&mut self, event: &MoneyCredited) {
        self.0.push(event.amount);
    }
}

#[tokio::test]
async fn good_events_before_a_damaged_one_are_applied_and_it_is_parked_where_that_is_declared() {
    assert_eq!((Careful::ON_FAILURE, ParkingLedger::ON_FAILURE), (OnFailure::Park, OnFailure::Park));
    let credits = [("a", 1), ("b", 2), ("a", 3), ("b", 4)];
    let damage = "UPDATE events SET metadata = '{' WHERE position = 4";
    let (place, app, probe) = forced(&credits, damage).await;
    let careful = app.projection::<Careful>();
    let head = app.store().head().await.unwrap();
    app.wait_for_position::<ParkingLedger>(head).await.unwrap();
    app.wait_for_position::<Careful>(head).await.unwrap();
    assert_eq!(careful.read().0, [1, 3]);
    probe.until_called("watcher", 3).await;
    assert_eq!(probe.amounts("watcher"), [1, 3]);
    for name in ["watcher", "parking-ledger"] {
        // What waits behind an event handler's letter is in the log.
        let expected = [(4, DeadLetterState::Failed), (6, DeadLetterState::Queued)];
        let expected = if name == "watcher" { &expected[..1] } else { &expected[..] };
        let letters = until_letters(&app, name, |letters| letters.len() == expected.len()).await;
        let states: Vec<_> = letters.iter().map(|letter| (letter.key.position.get(), letter.state)).collect();
        assert_eq!(states, expected, "{name}");
        for part in ["`money-credited`", "position 4", "version 2", "account/b", "metadata"] {
            assert!(letters[0].error.contains(part), "{}", letters[0].error);
        }
        let listed = app.dead_letters(name).list().await.unwrap();
        assert!(matches!(listed[0].event, Err(LostEvent::Undecodable(_))), "{listed:?}");
        // Tried again, it is as it was.
        app.dead_letters(name).retry(Position::new(4)).await.unwrap();
        until_letters(&app, name, |letters| letters[0].attempts == 2).await;
    }
    assert_eq!(place.amounts().await, [1, 3]);
    let stopping = app_with(place.again().await, &probe, quick(), Registry::projection::<Fragile>).await;
    assert_eq!(Fragile::ON_FAILURE, OnFailure::Stop);
    let error = stopping.wait_for_position::<Fragile>(head).await.unwrap_err().to_string();
    for part in ["`fragile`", "`money-credited`", "position 4", "version 2", "account/b"] {
        assert!(error.contains(part), "{error}");
    }
    assert_eq!(stopping.projection::<Fragile>().read().0, [1], "what comes before it is applied");
    let mut pages = app.history().all();
    assert_eq!(pages.next_page().await.unwrap().unwrap().len(), 3);
    pages.next_page().await.unwrap_err();
}

#[tokio::test]
async fn a_dead_letter_brings_its_event_and_an_unknown_name_is_an_error() {
    let probe = Probe::new();
    probe.fail(13);
    let app = watching(MemoryStore::new(), &probe).await;
    let receipt = credit(&app, "a", 13).await;
    until_letters(&app, "watcher", |letters| letters.len() == 1).await;
    let letter = app.dead_letters("watcher").list().await.unwrap().remove(0);
    let event = letter.event.as_ref().unwrap();
    assert_eq!((letter.key.position, event.position), (receipt.position(), receipt.position()));
    assert_eq!(
        (event.envelope.name.as_str(), event.payload.as_json()),
        ("money-credited", "{\"amount\":13}")
    );
    let health = app.health().await;
    let named =
        "`watcher` has dead letters: 1, the first at position 2 of stream `account/a`: told to fail at 13";
    assert!(health.findings.iter().any(|finding| finding == named), "{:?}", health.findings);
    let error = app.dead_letters("wacher").list().await.unwrap_err();
    assert!(matches!(error, DeadLetterError::UnknownName { .. }));
    assert_eq!(
        error.to_string(),
        "no projection, event handler or relay is named `wacher`; there are: watcher"
    );
    app.dead_letters("wacher").retry(receipt.position()).await.unwrap_err();
}

#[tokio::test]
async fn who_stands_by_says_since_when_and_for_whom() {
    let (probe, store) = (Probe::new(), MemoryStore::new());
    let working = watching(store.clone(), &probe).await;
    let receipt = credit(&working, "a", 1).await;
    until_checkpoint(&working, "watcher", receipt.position()).await;
    let standing_by = watching(store, &probe).await;
    let seen = async {
        loop {
            let health = standing_by.health().await;
            if let Some(holder) = &health.subscriptions[0].holder {
                return (holder.clone(), health);
            }
            tokio::time::sleep(std::time::Duration::from_millis(2)).await;
        }
    };
    let (holder, health) = tokio::time::timeout(PATIENCE, seen).await.expect("it stands by");
    assert_eq!(health.subscriptions[0].state, State::StandingBy);
    assert!(health.subscriptions[0].since <= cqrs::Timestamp::now());
    assert!(holder.until.is_some() && holder.owner.parse::<cqrs::Uuid>().is_ok(), "{holder:?}");
    let json = serde_json::to_value(&health).unwrap();
    assert!(json["subscriptions"][0]["holder"]["owner"].is_string(), "{json}");
}

#[tokio::test]
async fn pages_of_history_are_bounded_by_bytes() {
    let app = app_with(MemoryStore::new(), &Probe::new(), quick(), |_| ()).await;
    for account in ["a", "b", "c", "d"] {
        let owner = "x".repeat(3 << 20);
        app.dispatch(OpenAccount { account: AccountId::new(account), owner }).await.unwrap();
    }
    let mut pages = app.history().all();
    let mut sizes = Vec::new();
    while let Some(page) = pages.next_page().await.unwrap() {
        sizes.push(page.len());
    }
    assert_eq!(sizes, [2, 2]);
}
