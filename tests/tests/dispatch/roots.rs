//! A command handler function accounts for every root it loaded.

use cqrs::{
    prelude::*,
    repository::{DecisionError, LoadError, SaveError, save_together},
    store::{StoreError, memory::MemoryStore},
};
use cqrs_tests::audit::all_events;
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

use super::app;

#[derive(Event, Serialize, Deserialize, Debug, Clone)]
pub struct Poured {
    pub amount: i64,
}

#[derive(Aggregate, Serialize, Deserialize, Debug, Clone, Default)]
#[aggregate(id = String)]
pub struct Pot {
    pub amount: i64,
}

#[event_handler]
impl Pot {
    fn poured(&mut self, event: &Poured) {
        self.amount += event.amount;
    }
}

/// What becomes of the root that is poured into.
#[derive(Serialize, Deserialize, Debug, Clone, Copy, PartialEq)]
pub enum Fate {
    Returned,
    Dropped,
    Forgotten,
    /// Another task has it, and still has it when the function returns.
    HeldElsewhere,
    /// Another task records on it, through a clone of the repository, and drops it.
    ChangedElsewhere,
    /// The function saves it itself, and takes the refusal as it comes.
    Saved,
    SavedTogether,
}

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Pour {
    #[command(id)]
    pub from: String,
    pub to: String,
    pub fate: Fate,
}

#[derive(Debug, thiserror::Error)]
pub enum PotError {
    #[error(transparent)]
    Load(#[from] LoadError),
    #[error(transparent)]
    Decision(#[from] DecisionError),
}

#[command_handler]
async fn pour(command: Pour, pots: Repository<Pot>) -> Result<Vec<Root<Pot>>, PotError> {
    let mut from = pots.load_or_create(&command.from).await?;
    from.record(Poured { amount: -1 })?;
    if command.fate == Fate::ChangedElsewhere {
        let (pots, to) = (pots.clone(), command.to);
        let elsewhere = tokio::spawn(async move { pots.create(to).record(Poured { amount: 1 }) });
        elsewhere.await.expect("it does not panic")?;
        return Ok(vec![from]);
    }
    let mut to = pots.load_or_create(&command.to).await?;
    to.record(Poured { amount: 1 })?;
    match command.fate {
        Fate::Returned => return Ok(vec![from, to]),
        Fate::Dropped => drop(to),
        Fate::Forgotten => std::mem::forget(to),
        Fate::HeldElsewhere => {
            tokio::spawn(async move {
                std::future::pending::<()>().await;
                drop(to);
            });
        }
        Fate::Saved => {
            let refused = pots.save(&mut to).await.expect_err("the function saves by returning");
            assert!(matches!(refused, SaveError::InHandler(_)), "{refused:?}");
        }
        Fate::SavedTogether => {
            let store = MemoryStore::new();
            let refused = save_together(&store, &mut [&mut to]).await.expect_err("wherever it is saved to");
            assert!(matches!(refused, SaveError::InHandler(_)), "{refused:?}");
        }
        Fate::ChangedElsewhere => {}
    }
    Ok(vec![from])
}

fn command(fate: Fate) -> Pour {
    Pour { from: "a".into(), to: "b".into(), fate }
}

#[tokio::test]
async fn what_was_recorded_and_not_returned_refuses_the_command_whatever_became_of_the_root() {
    let app = app().await;
    for fate in [
        Fate::Dropped,
        Fate::Forgotten,
        Fate::HeldElsewhere,
        Fate::ChangedElsewhere,
        Fate::Saved,
        Fate::SavedTogether,
    ] {
        let error = app.dispatch(command(fate)).await.expect_err("it is half a transfer");
        let DispatchError::InvalidDecision(DecisionError::NotReturned { stream, events }) = &error else {
            panic!("{fate:?}: {error:?}");
        };
        assert_eq!((stream.to_string().as_str(), &events[..]), ("pot/b", &["poured"][..]));
        assert!(all_events(&**app.store()).await.is_empty(), "{fate:?}");
    }
    let kept = app.history().failures(10).await.unwrap();
    assert_eq!(kept.len(), 6);
    assert!(kept[0].error.contains("`poured` was recorded on pot/b"), "{}", kept[0].error);
    app.dispatch(command(Fate::Returned)).await.unwrap();
    assert_eq!(all_events(&**app.store()).await.len(), 2);
}

/// Where the root goes that outlives its function.
static ELSEWHERE: std::sync::Mutex<Option<oneshot::Sender<Root<Pot>>>> = std::sync::Mutex::new(None);

#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct GiveAway(#[command(id)] pub String);

#[command_handler]
async fn give_away(command: GiveAway, pots: Repository<Pot>) -> Result<(), PotError> {
    let root = pots.load_or_create(&command.0).await?;
    let elsewhere = ELSEWHERE.lock().unwrap().take();
    elsewhere.expect("somebody waits").send(root).expect("somebody waits");
    Ok(())
}

#[tokio::test]
async fn nothing_is_recorded_on_a_root_whose_function_has_ended() {
    let app = app().await;
    let (sender, elsewhere) = oneshot::channel();
    *ELSEWHERE.lock().unwrap() = Some(sender);
    app.dispatch(GiveAway("late".into())).await.unwrap();
    let mut root = elsewhere.await.unwrap();
    let error = root.record(Poured { amount: 1 }).unwrap_err();
    assert!(matches!(&error, DecisionError::TooLate(stream) if stream.key() == "late"), "{error:?}");
    assert!(root.pending().is_empty() && root.state().is_none());
    let error = app.repository::<Pot>().save(&mut root).await.unwrap_err();
    assert!(matches!(error, SaveError::InHandler(_)), "{error:?}");
}

/// Records on a root what does not fit, and goes on without it.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct TryInVain(#[command(id)] pub u32);

#[command_handler]
async fn try_in_vain(
    command: TryInVain,
    machines: Repository<super::Machine>,
) -> Result<Option<Root<super::Machine>>, PotError> {
    let mut machine = machines.load_or_create(&command.0).await?;
    assert!(machine.record(super::PartMade { weight: 1 }).is_err(), "it is not built");
    Ok(None)
}

#[tokio::test]
async fn an_event_that_was_refused_was_not_recorded() {
    let receipt = app().await.dispatch(TryInVain(1)).await.unwrap();
    assert_eq!(receipt.event_count(), 0);
}

/// Returns one pot twice, from two reads.
#[derive(Command, Serialize, Deserialize, Debug, Clone)]
pub struct Twice {
    #[command(id)]
    pub pot: String,
    pub changes: (bool, bool),
    /// Lets it be changed between the reads, once.
    pub moved: bool,
}

#[command_handler]
async fn twice(
    command: Twice,
    pots: Repository<Pot>,
    dispatcher: Inject<Dispatcher>,
) -> Result<(Root<Pot>, Root<Pot>), PotError> {
    let mut one = pots.load_or_create(&command.pot).await?;
    if command.moved && one.state().is_none() {
        let to = format!("{}-other", command.pot);
        let pour = Pour { from: command.pot.clone(), to, fate: Fate::Returned };
        dispatcher.dispatch(pour).await.expect("nothing is in its way");
    }
    let mut other = pots.load_or_create(&command.pot).await?;
    for (root, changed) in [(&mut one, command.changes.0), (&mut other, command.changes.1)] {
        if changed {
            root.record(Poured { amount: 5 })?;
        }
    }
    Ok((one, other))
}

#[tokio::test]
async fn a_stream_returned_twice_is_one_write_unless_both_record() {
    let app = app().await;
    for (pot, changes, events) in
        [("none", (false, false), 0), ("first", (true, false), 1), ("second", (false, true), 1)]
    {
        let receipt = app.dispatch(Twice { pot: pot.into(), changes, moved: false }).await.unwrap();
        assert_eq!(receipt.event_count(), events, "{pot}");
    }
    let both = Twice { pot: "both".into(), changes: (true, true), moved: false };
    let error = app.dispatch(both).await.unwrap_err();
    assert!(
        matches!(&error, DispatchError::Store(StoreError::StreamTwice(stream)) if stream.key() == "both"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_stream_that_moves_between_two_reads_is_a_conflict_and_decided_again() {
    let app = app().await;
    let moved = Twice { pot: "a".into(), changes: (false, true), moved: true };
    let receipt = app.dispatch(moved).await.unwrap();
    assert_eq!(receipt.version(), Version::new(2), "the one that came between is the first");
}
