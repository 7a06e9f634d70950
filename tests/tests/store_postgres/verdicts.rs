//! Groups of every composition: each member has its own verdict and its own record.

use cqrs::{
    CommandId, Tag,
    store::{Append, Appended, EventStore, StoreError, postgres::PostgresStore},
};
use cqrs_tests::postgres::{Schema, server_answers};
use futures_util::future::join_all;

use crate::{
    guarding::{claim, guard},
    sharing::append,
};

/// What a member is made of, and what is to become of it.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Kind {
    /// A command, and nothing it was decided on.
    Bare,
    /// A command without events, on a version that holds.
    Nothing,
    /// The same on one that does not hold.
    Outdated,
    /// One event.
    One,
    /// One event beside a guard that holds.
    Guarded,
    /// One event beside a guard that does not hold.
    Misguided,
    /// One event on a version that does not hold.
    Conflict,
    /// Events of two streams, with tags.
    Two,
    /// A command that was handled before.
    Again,
}

const KINDS: [Kind; 9] = [
    Kind::Bare,
    Kind::Nothing,
    Kind::Outdated,
    Kind::One,
    Kind::Guarded,
    Kind::Misguided,
    Kind::Conflict,
    Kind::Two,
    Kind::Again,
];

impl Kind {
    fn append(self, own: &str, id: CommandId) -> Append {
        let mut append = append(own, if self == Self::Conflict { 5 } else { 1 });
        match self {
            Self::Bare => append.writes.clear(),
            Self::Nothing | Self::Outdated | Self::Again => {
                append.writes = vec![guard("hot", u64::from(self != Self::Outdated))];
            }
            Self::Guarded => append.writes.insert(0, guard("hot", 1)),
            Self::Misguided => append.writes.push(guard("hot", 3)),
            Self::Two => add_second(own, &mut append),
            Self::One | Self::Conflict => {}
        }
        append.command = Some(claim(id));
        append
    }

    fn events(self) -> u64 {
        match self {
            Self::One | Self::Guarded => 1,
            Self::Two => 2,
            _ => 0,
        }
    }

    fn check(self, outcome: &Result<Appended, StoreError>) {
        match (self, outcome) {
            (Self::Again, Err(StoreError::AlreadyHandled(record))) => assert_eq!(record.appended.count(), 1),
            (Self::Outdated | Self::Misguided, Err(StoreError::Conflict { stream, actual, .. })) => {
                assert_eq!((stream.key(), actual.get()), ("hot", 1));
            }
            (Self::Conflict, Err(StoreError::Conflict { actual, .. })) => assert_eq!(actual.get(), 0),
            (_, Ok(appended)) => assert_eq!(appended.count(), self.events(), "{self:?}: {appended:?}"),
            (_, other) => panic!("{self:?}: {other:?}"),
        }
    }

    fn is_kept(self) -> bool {
        !matches!(self, Self::Outdated | Self::Misguided | Self::Conflict)
    }
}

fn add_second(own: &str, append: &mut Append) {
    let mut second = crate::sharing::append(&format!("{own}-two"), 1).writes.remove(0);
    second.events[0].tags = vec![Tag::new("kind", "two")];
    append.writes.push(second);
}

#[tokio::test(flavor = "multi_thread")]
async fn each_member_of_a_group_has_its_own_verdict_and_record_whatever_it_is_made_of() {
    if !server_answers() {
        return;
    }
    let schema = Schema::with(PostgresStore::builder().writers(1));
    let store = schema.store().await;
    store.append(append("hot", 1)).await.unwrap();
    let handled = CommandId::generate();
    store.append(Append { command: Some(claim(handled)), ..append("before", 1) }).await.unwrap();
    let mut random = fastrand::Rng::with_seed(9);
    for round in 0..60 {
        let mut kinds: Vec<_> =
            (0..random.usize(1..12)).map(|_| KINDS[random.usize(0..KINDS.len())]).collect();
        // Two of one command are never in one group.
        let mut again = false;
        kinds.retain(|kind| *kind != Kind::Again || !std::mem::replace(&mut again, true));
        check_group(&store, &kinds, handled, round).await;
    }
    assert!(store.check().await.unwrap().is_sound());
}

async fn check_group(store: &PostgresStore, kinds: &[Kind], handled: CommandId, round: usize) {
    let ids: Vec<_> =
        kinds.iter().map(|kind| if *kind == Kind::Again { handled } else { CommandId::generate() }).collect();
    let members = kinds.iter().zip(&ids).enumerate();
    let members = members.map(|(place, (kind, id))| kind.append(&format!("{round}-{place}"), *id));
    // Behind another append, so that they wait for the next group together.
    let filler = append(&format!("filler{round}"), 1);
    let (_, outcomes) =
        tokio::join!(store.append(filler), join_all(members.map(|member| store.append(member))));
    for ((kind, id), outcome) in kinds.iter().zip(ids).zip(outcomes) {
        kind.check(&outcome);
        let record = store.command(id).await.unwrap();
        assert_eq!(record.is_some(), kind.is_kept(), "{kind:?}");
        if let Ok(appended) = outcome {
            assert_eq!(record.map(|record| record.appended), Some(appended), "{kind:?}");
        }
    }
}
