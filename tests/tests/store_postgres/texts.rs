//! Texts that the server does not take as they are.

use cqrs::{
    CommandId, Metadata, Position, StreamId, Timestamp, Version,
    store::{
        CommandFailure, DeadLetter, DeadLetterKey, DeadLetterState, FailureStore, LetterQueue,
        SubscriptionStore,
    },
};
use cqrs_tests::postgres::{Schema, server_answers};

/// An error may say anything, and is not lost for that.
#[tokio::test]
async fn an_error_with_a_nul_in_it_is_kept_without_it() {
    if !server_answers() {
        return;
    }
    let schema = Schema::new();
    let store = schema.store().await;
    let error = "before\0after".to_owned();
    let (stream, position) = (StreamId::new("thing", "a"), Position::new(1));
    let key = DeadLetterKey { handler: "mailer".into(), stream, position };
    let (version, time, state) = (Version::new(1), Timestamp::now(), DeadLetterState::Failed);
    store
        .park(DeadLetter {
            key,
            version,
            state,
            attempts: 1,
            error: error.clone(),
            time,
            retry_at: None,
            queue: LetterQueue::Letters,
        })
        .await
        .unwrap();
    let failure = CommandFailure {
        command_id: CommandId::generate(),
        name: "do-thing".into(),
        metadata: Metadata::new(),
        stream: None,
        code: "panicked".into(),
        error,
    };
    store.record_failure(failure).await.unwrap();
    let kept = "before\u{fffd}after";
    assert_eq!(store.dead_letters("mailer").await.unwrap()[0].error, kept);
    assert_eq!(store.failures(None, 1).await.unwrap()[0].error, kept);
}
