//! The command that a write answers.

use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{message::CommandId, store::StoreError};

use super::{Appended, Fingerprint, Refusal};

/// The identity of a command, claimed by the write that answers it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandClaim {
    /// Its identity.
    pub id: CommandId,
    /// Its name.
    pub name: SmolStr,
    /// Its former names: a record under one of them is of the same command.
    pub aliases: &'static [&'static str],
    /// What tells another command with the same id from this one.
    pub form: CommandForm,
}

/// What tells another command with the same id from this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommandForm {
    /// The version of the command's type.
    pub version: u32,
    /// A number that follows from the fields of the command's type; 0 if the type does not say.
    pub shape: u64,
    /// The digest of the command, where the caller gave its id and the type encodes the same in every process.
    pub digest: Option<Fingerprint>,
}

impl CommandForm {
    /// Whether both are certainly of different commands. Digests tell only within one form of the type: a field that was
    /// added since changes the digest of a command that is sent again.
    fn contradicts(&self, other: &Self) -> bool {
        let same_type = (self.version, self.shape) == (other.version, other.shape);
        same_type && self.digest.zip(other.digest).is_some_and(|(digest, other)| digest != other)
    }
}

/// A command that was handled, with what came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordedCommand {
    /// Its identity.
    pub id: CommandId,
    /// The name it was handled under.
    pub name: SmolStr,
    /// Its form; `None` in a record of release 0.1.0, which kept none.
    pub form: Option<CommandForm>,
    /// Where its events are; without any, it was decided that nothing happens, or the command was refused.
    pub appended: Appended,
    /// Why it was refused for good; `None` if it was accepted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refusal: Option<Refusal>,
}

impl RecordedCommand {
    /// Returns the record of a write that answers a command.
    pub fn of(claim: &CommandClaim, appended: Appended) -> Self {
        Self { id: claim.id, name: claim.name.clone(), form: Some(claim.form), appended, refusal: None }
    }

    /// Returns the record of a command that is refused for good.
    pub fn refused(claim: &CommandClaim, refusal: Refusal) -> Self {
        let appended = Appended { streams: Vec::new() };
        Self { refusal: Some(refusal), ..Self::of(claim, appended) }
    }

    /// Returns why a write that claims this command's id again is refused: as a repetition, or as another command.
    ///
    /// Another name is another command, unless it is a former name of this one. Of one type, in one form, the digests tell.
    /// In everything else it is a repetition: a command that is sent again after its type was changed is the same.
    pub fn refusal_of(self, claim: &CommandClaim) -> StoreError {
        let other_name = self.name != claim.name && !claim.aliases.contains(&self.name.as_str());
        if other_name || self.form.is_some_and(|form| form.contradicts(&claim.form)) {
            StoreError::CommandIdReused { id: claim.id, name: self.name.to_string() }
        } else {
            StoreError::AlreadyHandled(Box::new(self))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FORM: CommandForm = CommandForm { version: 1, shape: 7, digest: None };

    fn refusal(recorded: (&str, Option<CommandForm>), claimed: (&str, CommandForm)) -> StoreError {
        let id = CommandId::generate();
        let ((name, form), appended) = (recorded, Appended { streams: Vec::new() });
        let recorded = RecordedCommand { id, name: name.into(), form, appended, refusal: None };
        let (name, form) = claimed;
        recorded.refusal_of(&CommandClaim { id, name: name.into(), aliases: &["close"], form })
    }

    fn repeated(refusal: &StoreError) -> bool {
        match refusal {
            StoreError::AlreadyHandled(_) => true,
            StoreError::CommandIdReused { .. } => false,
            other => panic!("it is one of two: {other:?}"),
        }
    }

    #[test]
    fn another_name_is_another_command_unless_it_is_a_former_one() {
        for (name, same) in [("shut", true), ("close", true), ("open", false)] {
            assert_eq!(repeated(&refusal((name, Some(FORM)), ("shut", FORM))), same, "{name}");
            assert_eq!(repeated(&refusal((name, None), ("shut", FORM))), same, "{name}, of 0.1.0");
        }
    }

    #[test]
    fn digests_tell_within_one_form_of_the_type() {
        let digest = |text: &str| Some(Fingerprint::of(text.as_bytes()));
        let with = |digest| CommandForm { digest, ..FORM };
        let (one, two, none) = (with(digest("one")), with(digest("two")), with(None));
        for (recorded, claimed, same) in [
            (one, one, true),
            (one, two, false),
            (one, none, true),
            (none, two, true),
            (one, CommandForm { shape: 8, ..two }, true),
            (one, CommandForm { version: 2, ..two }, true),
        ] {
            let refusal = refusal(("shut", Some(recorded)), ("shut", claimed));
            assert_eq!(repeated(&refusal), same, "{recorded:?} and {claimed:?}");
        }
        assert!(
            repeated(&refusal(("shut", None), ("shut", two))),
            "a record of 0.1.0 has no form to compare"
        );
    }
}
