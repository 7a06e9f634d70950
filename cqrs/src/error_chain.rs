//! Errors as text: the chain of their causes, for records that people read, and the end of a first line.
//!
//! Most logs, `unwrap` and `{}` show the first line of an error and no more. So the text of an error that has a cause ends
//! with [`because`] of it; the cause itself stays, typed, in `source()`.

use std::error::Error;

use crate::shared_error::SharedError;

/// How many bytes of causes a first line has: more than most need, and less than a statement of SQL may have.
const LONGEST: usize = 600;

/// The error and its causes in one line. A cause whose text ends the text before it is not repeated.
pub(crate) fn chain(error: &dyn Error) -> String {
    let causes = std::iter::successors(error.source(), |&cause| cause.source());
    causes.fold(error.to_string(), |text, cause| {
        let cause = cause.to_string();
        if text.ends_with(&cause) || text.ends_with(&brief(&cause)) {
            text
        } else {
            format!("{text}: {cause}")
        }
    })
}

/// A cause as the end of an error's text: a colon, and the cause with its own causes, on one line and cut where it is long.
pub(crate) fn because(cause: &(dyn Error + 'static)) -> String {
    format!(": {}", brief(&chain(cause)))
}

/// The same, where there may be none, or the text ends with it already.
pub(crate) fn because_unless_said(text: &str, cause: Option<&SharedError>) -> String {
    match cause {
        Some(cause) if !text.ends_with(&cause.to_string()) => because(&**cause),
        _ => String::new(),
    }
}

/// A text as one line that is not too long.
fn brief(text: &str) -> String {
    let line = text.lines().map(str::trim).collect::<Vec<_>>().join(" ");
    if line.len() <= LONGEST {
        return line;
    }
    format!("{} …", &line[..line.floor_char_boundary(LONGEST)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Cause {
        text: String,
        source: Option<Box<Cause>>,
    }

    fn cause(text: &str, source: Option<Cause>) -> Cause {
        Cause { text: text.into(), source: source.map(Box::new) }
    }

    #[test]
    fn a_line_ends_with_all_causes_and_a_chain_does_not_repeat_them() {
        let root = || cause("no route", None);
        assert_eq!(because(&cause("no server", Some(root()))), ": no server: no route");
        let whole = cause(&format!("no store{}", because(&root())), Some(root()));
        assert_eq!(chain(&whole), "no store: no route");
    }

    #[test]
    fn a_cause_of_many_lines_is_one_line_and_cut() {
        assert_eq!(because(&cause("SELECT 1\n  FROM nothing", None)), ": SELECT 1 FROM nothing");
        let long = cause(&"漢".repeat(1_000), None);
        let text = because(&long);
        assert!(text.len() < 620 && text.ends_with(" …"), "{text}");
        assert_eq!(chain(&cause(&format!("it failed{text}"), Some(long))), format!("it failed{text}"));
    }
}
