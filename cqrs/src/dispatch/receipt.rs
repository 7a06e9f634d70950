//! What a dispatched command gives.

use crate::{
    aggregate::Aggregate,
    message::{CommandId, Position, Version},
    store::Appended,
};

/// What came of a command: where its events are. With it one can wait for a projection.
///
/// A command that decided that nothing happens has one, too, without streams. Under an id that the caller gave it is kept like others, so that the same command gives the same receipt again, whatever has happened since.
///
/// ```no_run
/// # include!(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/bank.rs"));
/// # async fn example(app: Application) -> Result<(), Box<dyn std::error::Error>> {
/// let receipt = app.dispatch(CreditAccount { account: AccountId("1".into()), amount: 100 }).await?;
/// println!("{} event, now at version {}", receipt.event_count(), receipt.version());
/// if receipt.repeated {
///     println!("it was handled before, at position {}", receipt.position());
/// }
/// # Ok(()) }
/// # fn main() {}
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The identity of the command.
    pub command_id: CommandId,
    /// Where its events are; no streams if it decided that nothing happens.
    pub appended: Appended,
    /// Whether this is the outcome of an earlier dispatch of the same command.
    pub repeated: bool,
}

impl Receipt {
    /// Returns the position of the last event; [`Position::START`] if there are none.
    pub fn position(&self) -> Position {
        self.appended.last_position()
    }

    /// Returns the version of the last event in its stream, the first stream where there are several (see
    /// [`version_of`](Self::version_of)); [`Version::NONE`] if there are none.
    pub fn version(&self) -> Version {
        self.appended.streams.first().map_or(Version::NONE, |stream| stream.last_version)
    }

    /// Returns the version of the last event of one aggregate; `None` if the command changed nothing of it.
    pub fn version_of<A: Aggregate>(&self, id: &A::Id) -> Option<Version> {
        let stream = A::stream(id);
        self.appended.streams.iter().find(|appended| appended.stream == stream).map(|it| it.last_version)
    }

    /// Returns how many events there are.
    pub fn event_count(&self) -> u64 {
        self.appended.count()
    }
}
