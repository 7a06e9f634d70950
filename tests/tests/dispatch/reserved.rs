//! Headers that only the library may set.

use cqrs::{
    ReservedHeader,
    bus::{CommandBus, CommandMessage, DeadLetterReason},
    prelude::*,
    repository::SaveError,
};
use cqrs_tests::audit::all_events;

use super::{Account, AccountId, AccountOpened, OpenAccount, app, open};

fn names_it<E>(error: &DispatchError<E>, header: &str) -> bool {
    matches!(error, DispatchError::ReservedHeader(ReservedHeader { name }) if name == header)
}

#[tokio::test]
async fn a_caller_that_sets_a_header_of_the_library_is_refused_by_name() {
    let app = app().await;
    let error = app.dispatch(open("a")).header("cqrs-depth", "1").await.unwrap_err();
    assert!(names_it(&error, "cqrs-depth") && !error.is_transient(), "{error:?}");
    assert!(error.to_string().contains("`cqrs-depth`"), "{error}");
    let mut metadata = Metadata::new();
    metadata.headers.insert("CQRS-Process".into(), "x".into());
    let error = app.dispatch(open("a")).metadata(metadata.clone()).await.unwrap_err();
    assert!(names_it(&error, "CQRS-Process"), "{error:?}");
    let json = r#"{"account":"a","owner":"alice"}"#;
    let error = app.dispatch_json("open-account", json).metadata(metadata.clone()).await.unwrap_err();
    assert!(names_it(&error, "CQRS-Process"), "{error:?}");
    let mut root = app.repository::<Account>().create(AccountId::new("a"));
    *root.metadata_mut() = metadata;
    root.record(AccountOpened { owner: "alice".into() }).unwrap();
    let error = app.repository::<Account>().save(&mut root).await.unwrap_err();
    assert!(matches!(error, SaveError::ReservedHeader(_)), "{error:?}");
    assert!(all_events(&**app.store()).await.is_empty());
    // Others that look like it are the caller's.
    app.dispatch(open("a")).header("x-cqrs-depth", "1").header("cqrs", "2").await.unwrap();
}

#[tokio::test]
async fn a_command_message_made_by_hand_with_a_header_of_the_library_is_a_dead_letter() {
    let app = app().await;
    let bus = CommandBus::in_memory();
    let message = CommandMessage::of::<OpenAccount>(&open("a")).unwrap().header("cqrs-depth", "1");
    bus.publish(&message).await.unwrap();
    let listening = bus.listen().dispatch_to(app.dispatcher()).await.unwrap();
    bus.close().await.unwrap();
    listening.ended().await;
    let letters = bus.dead_letters(10).await.unwrap();
    assert_eq!(letters.len(), 1);
    assert_eq!(letters[0].reason, DeadLetterReason::Refused);
    assert!(all_events(&**app.store()).await.is_empty());
}
