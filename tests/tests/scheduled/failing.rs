//! What is refused when it is due, what is tried again, and what waits.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};

use cqrs::{dispatch::Scheduled, prelude::*, store::RefusalReason};
use cqrs_tests::bank::*;

use super::world::{MINUTE, balance, builder, clock, credit, debit, opened, places, registry};

/// How often the handler of [`Wobble`] is to panic.
#[derive(Default)]
pub struct Wobbles {
    left: AtomicU32,
    tried: AtomicU32,
}

#[derive(Command, Serialize, Deserialize)]
pub struct Wobble {
    #[command(id)]
    account: AccountId,
}

#[command_handler]
async fn wobble(
    command: Wobble,
    accounts: Repository<Account>,
    wobbles: Inject<Arc<Wobbles>>,
) -> Result<Root<Account>, cqrs::repository::LoadError> {
    wobbles.tried.fetch_add(1, Ordering::Relaxed);
    let left = wobbles.left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
    assert!(left.is_err(), "it wobbles");
    let mut account = accounts.load(&command.account).await?;
    account.record(MoneyCredited { amount: 1 }).expect("it is open");
    Ok(account)
}

async fn scheduled_id<T, E>(schedule: cqrs::dispatch::Schedule<T, E>) -> CommandId
where
    cqrs::dispatch::Schedule<T, E>: std::future::IntoFuture<Output = Result<Scheduled, DispatchError<E>>>,
    E: std::fmt::Debug,
{
    match schedule.await.unwrap() {
        Scheduled::Waiting { command_id, .. } => command_id,
        Scheduled::Handled(receipt) => panic!("it was handled: {receipt:?}"),
    }
}

/// Rejected once, it is rejected for good: nobody decides it again, although it would be accepted now (hard parts, H10).
#[tokio::test]
async fn what_is_refused_when_it_is_due_is_kept_and_not_decided_again() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let rejected = scheduled_id(app.dispatch(debit("a", 5)).after(MINUTE)).await;
        let missing = scheduled_id(app.dispatch(credit("nobody", 5)).after(MINUTE)).await;
        let open = OpenAccount { account: AccountId::new("a"), owner: "bob".into() };
        let exists = scheduled_id(app.dispatch(open).after(MINUTE)).await;
        let seen = app.dispatch(credit("b", 5)).expected_version(Version::new(1));
        let seen = scheduled_id(seen.after(MINUTE)).await;
        let stale = app.dispatch(credit("b", 7)).expected_version(Version::new(1));
        let stale = scheduled_id(stale.after(2 * MINUTE)).await;
        clock.advance(&app, 2 * MINUTE).await;
        assert_eq!(place.store.command(seen).await.unwrap().unwrap().refusal, None);
        for (id, reason, code) in [
            (stale, RefusalReason::Conflict, "conflict"),
            (rejected, RefusalReason::Rejected, "rejected"),
            (missing, RefusalReason::NotFound, "not-found"),
            (exists, RefusalReason::AlreadyExists, "already-exists"),
        ] {
            let record = place.store.command(id).await.unwrap().expect("it is kept");
            assert_eq!(record.refusal.map(|refusal| refusal.reason), Some(reason));
            let failures = app.history().failures(10).await.unwrap();
            let kept: Vec<_> = failures.iter().filter(|failure| failure.command_id == id).collect();
            assert_eq!(kept.len(), 1, "{failures:?}");
            assert_eq!(kept[0].code, code);
        }
        app.dispatch(credit("a", 100)).await.unwrap();
        let again = app.dispatch(debit("a", 5)).command_id(rejected).await.unwrap_err();
        assert!(matches!(again, DispatchError::Refused(_)), "{again:?}");
        assert_eq!(balance(&app, "a").await, 100);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_is_begun_too_late_expires() {
    for place in places().await {
        let clock = clock();
        let app = opened(builder(&place.store).clock(clock.clone())).await;
        let late = scheduled_id(app.dispatch(credit("a", 1)).after(MINUTE).expires_after(MINUTE)).await;
        let early = scheduled_id(app.dispatch(credit("a", 2)).expires_after(9 * MINUTE).after(MINUTE)).await;
        // Nobody runs for a while.
        clock.set(cqrs::clock::Clock::now(&clock) + 5 * MINUTE);
        clock.advance(&app, MINUTE).await;
        assert_eq!(balance(&app, "a").await, 2);
        let reason = place.store.command(late).await.unwrap().and_then(|record| record.refusal);
        assert_eq!(reason.map(|refusal| refusal.reason), Some(RefusalReason::Expired));
        assert_eq!(place.store.command(early).await.unwrap().unwrap().refusal, None);
        // Without waiting: the dispatch itself is too late; what was handled before is no error however late it comes.
        let dispatch = app.dispatch(credit("a", 4)).expires_after(MINUTE);
        let repeated = app.dispatch(credit("a", 2)).command_id(early).expires_after(MINUTE);
        clock.advance(&app, 2 * MINUTE).await;
        assert_eq!(dispatch.await.unwrap_err().code(), "expired");
        assert!(repeated.await.unwrap().repeated);
        assert_eq!(app.dispatch(credit("a", 4)).expires_after(MINUTE).await.unwrap().event_count(), 1);
        app.shutdown().await.unwrap();
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_and_refused_in_the_end() {
    for place in places().await {
        for (panics, tries, accepted) in [(3, 4, true), (50, 5, false)] {
            let wobbles = Arc::new(Wobbles::default());
            wobbles.left.store(panics, Ordering::Relaxed);
            let mut registry = registry();
            registry.command::<Wobble>();
            let clock = clock();
            let app =
                builder(&place.store).registry(registry).provide(Arc::clone(&wobbles)).clock(clock.clone());
            let app = app.start().await.unwrap();
            let account = AccountId::new(format!("w{panics}"));
            app.dispatch(OpenAccount { account: account.clone(), owner: "w".into() }).await.unwrap();
            let id = scheduled_id(app.dispatch(Wobble { account }).after(MINUTE)).await;
            clock.advance(&app, 2 * MINUTE).await;
            assert_eq!(wobbles.tried.load(Ordering::Relaxed), tries);
            let record = place.store.command(id).await.unwrap().expect("it has an outcome");
            assert_eq!(record.appended.count(), u64::from(accepted));
            assert_eq!(
                record.refusal.map(|refusal| refusal.reason),
                (!accepted).then_some(RefusalReason::Failed)
            );
            assert!(app.scheduled().find(id).await.unwrap().is_none());
            drop(app);
        }
    }
}
