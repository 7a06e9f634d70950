//! What tells one command from another, and of equal ones the first from the others.

use crate::{
    message::CommandId,
    store::{CommandClaim, CommandForm, Expected, Fingerprint, RecordedCommand, StoreError, StreamWrite},
};

use super::{
    claimed::{a_claim, assert_repeated, exactly, must_be_recorded, nothing},
    fixtures::{answering, append, must_append, some, write},
    groups::together,
    opened::Opened,
};

/// The name that [`claim`] gives.
const NAME: &str = "do-thing";

pub(super) async fn of_equal_commands_that_decided_nothing_one_is_kept(store: Opened<'_>) {
    must_append(&*store, some("guarded", 1)).await;
    for round in 0..10 {
        let claim = a_claim();
        let guards: &[_] = if round % 2 == 0 { &[] } else { &[("guarded", exactly(1))] };
        let outcomes = together(&store, (0..16).map(|_| nothing(&claim, guards)).collect()).await;
        assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
        for outcome in outcomes {
            assert!(matches!(outcome, Ok(_) | Err(StoreError::AlreadyHandled(_))), "{outcome:?}");
        }
        must_be_recorded(&store, &claim).await;
    }
}

pub(super) async fn of_equal_commands_one_decides_whether_anything_happens(store: Opened<'_>) {
    for round in 0..20 {
        let claim = a_claim();
        let something = |index: usize| answering(some(&format!("{round}-{index}"), 1), &claim);
        let appends = (0..16).map(|index| match index % 2 {
            0 => nothing(&claim, &[]),
            _ => something(index),
        });
        let outcomes = together(&store, appends.collect()).await;
        let stored: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.as_ref().ok()).collect();
        let [appended] = stored[..] else { panic!("one of them is stored: {outcomes:?}") };
        let recorded = RecordedCommand::of(&claim, appended.clone());
        assert_eq!(store.command(claim.id).await.unwrap().as_ref(), Some(&recorded));
        for refused in outcomes.into_iter().filter(Result::is_err) {
            assert_repeated(refused, &recorded);
        }
    }
}

pub(super) async fn the_form_of_a_command_is_kept_as_it_was(store: Opened<'_>) {
    let digests = [None, Some(Fingerprint::of(b"{}")), Some(Fingerprint::from_bytes([0; 16]))];
    for (version, shape) in [(1, 0), (2, 7), (u32::MAX, u64::MAX), (0, 1 << 63)] {
        for digest in digests {
            for count in [0, 2] {
                let form = CommandForm { version, shape, digest };
                let claim = CommandClaim { form, ..a_claim() };
                let appended = must_append(&*store, answering(append(own_stream(count)), &claim)).await;
                let recorded = RecordedCommand::of(&claim, appended);
                assert_eq!(store.command(claim.id).await.unwrap().as_ref(), Some(&recorded));
                assert_repeated(store.append(nothing(&claim, &[])).await, &recorded);
            }
        }
    }
}

fn own_stream(count: u64) -> Vec<StreamWrite> {
    let key = CommandId::generate().to_string();
    if count == 0 { Vec::new() } else { vec![write(&key, Expected::NoStream, count)] }
}

/// No former names, and some.
const ALIASES: [&[&str]; 2] = [&[], &["do", NAME]];

pub(super) async fn a_command_is_told_from_another_by_its_name_and_form(store: Opened<'_>) {
    let [none, former] = ALIASES;
    let cases = [
        ("as it was", NAME, none, 1, 7, "one", true),
        ("another digest", NAME, none, 1, 7, "two", false),
        ("another shape, and so another digest", NAME, none, 1, 8, "two", true),
        ("another version, and so another digest", NAME, none, 2, 7, "two", true),
        ("another name", "do-other-thing", none, 1, 7, "one", false),
        ("another name and another shape", "do-other-thing", none, 1, 8, "one", false),
        ("renamed", "do-it", former, 1, 7, "one", true),
        ("renamed, with another digest", "do-it", former, 1, 7, "two", false),
    ];
    for events in [0, 1] {
        let id = CommandId::generate();
        let form = |version, shape, payload: &str| CommandForm {
            version,
            shape,
            digest: Some(Fingerprint::of(payload.as_bytes())),
        };
        let first = CommandClaim { id, name: NAME.into(), aliases: none, form: form(1, 7, "one") };
        let key = id.to_string();
        let writes = move || vec![write(&key, Expected::NoStream, events)];
        let appended = must_append(&*store, answering(append(writes()), &first)).await;
        let recorded = RecordedCommand::of(&first, appended);
        for (what, name, aliases, version, shape, payload, same) in cases {
            let again = CommandClaim { id, name: name.into(), aliases, form: form(version, shape, payload) };
            match store.append(answering(append(writes()), &again)).await {
                Err(StoreError::AlreadyHandled(found)) if same => assert_eq!(*found, recorded, "{what}"),
                Err(StoreError::CommandIdReused { id: named, name: had }) if !same => {
                    assert_eq!((named, had.as_str()), (id, NAME), "{what}");
                }
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}
