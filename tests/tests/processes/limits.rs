//! How much a step may be, as the application says; and what start insists on.

use std::time::Duration;

use cqrs::{application::StartError, process::Limits, registry::Problem};
use registration::{OrderId, Registration};

use crate::world::{builder, clock, domain, note, place, places, told};

/// Starts with these limits, and gives the error of the one letter that a note leads to.
async fn letter(limits: Limits, what: &str) -> String {
    let here = places().await.swap_remove(0);
    let clock = clock();
    let builder = builder(&here.store).clock(clock.clone()).process_limits(limits);
    let app = builder.start().await.unwrap();
    app.dispatch(place(7, 2)).await.unwrap();
    app.dispatch(note(7, what)).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    let letters = app.dead_letters("process/registration/steps").list().await.unwrap();
    assert_eq!(letters.len(), 1, "{:?}", told::<Registration>(&*here.store, &OrderId(7)).await);
    letters[0].error.clone()
}

#[tokio::test]
async fn a_step_of_more_commands_than_the_application_allows_is_a_letter() {
    let limits = Limits { commands: 1_999, ..Limits::default() };
    assert_eq!(letter(limits, "many").await, "the step has 2000 commands, and at most 1999 fit in one");
}

#[tokio::test]
async fn a_step_of_more_bytes_is_a_letter() {
    let limits = Limits { commands: 2_000, bytes: 10_000, ..Limits::default() };
    let error = letter(limits, "many").await;
    assert!(error.ends_with("bytes, and at most 10000 fit in one"), "{error}");
}

/// Two steps follow on the order: its own, and that of the seats.
#[tokio::test]
async fn a_longer_chain_of_causes_is_a_letter() {
    let here = places().await.swap_remove(0);
    let clock = clock();
    let limits = Limits { chain: 1, ..Limits::default() };
    let app = builder(&here.store).clock(clock.clone()).process_limits(limits).start().await.unwrap();
    app.dispatch(place(7, 2)).await.unwrap();
    clock.advance(&app, Duration::ZERO).await;
    let letters = app.dead_letters("process/registration/steps").list().await.unwrap();
    assert!(letters[0].error.starts_with("1 steps of processes have followed"), "{}", letters[0].error);
}

#[tokio::test]
async fn a_process_manager_that_is_required_is_there_or_nothing_starts() {
    let here = places().await.swap_remove(0);
    let without = builder(&here.store).registry(domain()).require_process::<Registration>();
    let Err(StartError::Problems(problems)) = without.start().await else { panic!("it started") };
    assert!(matches!(problems[..], [Problem::NotRegistered(name)] if name.ends_with("Registration")));
    let with = builder(&here.store).require_process::<Registration>().start().await;
    with.unwrap().shutdown().await.unwrap();
}
