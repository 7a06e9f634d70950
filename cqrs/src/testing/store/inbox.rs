//! What listeners have handled.

use futures_util::future::join_all;

use crate::message::Version;

use super::{fixtures::stream, opened::Opened};

pub(super) async fn what_was_handled_is_kept_by_group_and_stream(store: Opened<'_>) {
    let (a, b) = (stream("a"), stream("b"));
    let [none, one, seven] = [0, 1, 7].map(Version::new);
    assert_eq!(store.last_handled("mailer", &a).await.unwrap(), none);
    assert!(store.record_handled("mailer", &a, none, one).await.unwrap());
    assert!(store.record_handled("mailer", &a, one, seven).await.unwrap(), "a gap is no obstacle");
    assert_eq!(store.last_handled("mailer", &a).await.unwrap(), seven);
    assert_eq!(store.last_handled("mailer", &b).await.unwrap(), none);
    assert_eq!(store.last_handled("audit", &a).await.unwrap(), none);
}

pub(super) async fn what_was_handled_never_goes_back(store: Opened<'_>) {
    let a = stream("a");
    let [none, one, two, three] = [0, 1, 2, 3].map(Version::new);
    assert!(!store.record_handled("mailer", &a, one, two).await.unwrap(), "it is not at 1");
    assert!(store.record_handled("mailer", &a, none, two).await.unwrap());
    assert!(!store.record_handled("mailer", &a, none, three).await.unwrap(), "it is no longer at 0");
    assert!(!store.record_handled("mailer", &a, two, one).await.unwrap(), "1 does not come after 2");
    assert!(!store.record_handled("mailer", &a, two, two).await.unwrap(), "2 does not come after 2");
    assert_eq!(store.last_handled("mailer", &a).await.unwrap(), two);
}

pub(super) async fn of_many_that_handled_an_event_one_notes_it(store: Opened<'_>) {
    for round in 0..10 {
        let tasks = (0..16).map(|_| {
            let store = store.share();
            let (from, to) = (Version::new(round), Version::new(round + 1));
            tokio::spawn(async move { store.record_handled("mailer", &stream("a"), from, to).await.unwrap() })
        });
        let won = join_all(tasks).await.into_iter().filter(|won| *won.as_ref().unwrap()).count();
        assert_eq!(won, 1);
    }
}
