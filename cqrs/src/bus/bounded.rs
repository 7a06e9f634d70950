//! Texts that must fit where a broker has little room: headers, and entries that are read and written as a whole.
//!
//! Somebody else may have chosen them, so nothing is said of their length. What counts is the length as JSON, where a
//! control character takes six bytes.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};
use smol_str::SmolStr;

/// How long a name or a key may be before it is cut.
pub(super) const LONGEST: usize = 1024;

/// How much of a text is kept that is cut.
const KEPT: usize = 512;

/// What stands between the beginning of a text and its digest.
pub(super) const CUT: &str = "… sha256:";

/// The text if it is short; else its beginning and its digest, so that distinct texts stay distinct.
///
/// Cutting what was cut changes nothing.
pub(super) fn bounded(text: &str) -> SmolStr {
    if !is_long(text) {
        return text.into();
    }
    let mut cut = format!("{}{CUT}", within(text, KEPT));
    for byte in &Sha256::digest(text)[..] {
        // Writing to a string does not fail.
        let _ = write!(cut, "{byte:02x}");
    }
    cut.into()
}

pub(super) fn is_long(text: &str) -> bool {
    within(text, LONGEST).len() < text.len()
}

/// As much of the beginning of a text as takes so many bytes in JSON.
pub(super) fn within(text: &str, length: usize) -> &str {
    let mut room = length;
    for (index, character) in text.char_indices() {
        match room.checked_sub(escaped(character)) {
            Some(left) => room = left,
            None => return &text[..index],
        }
    }
    text
}

/// How many bytes a character takes within a text in JSON.
fn escaped(character: char) -> usize {
    match character {
        '"' | '\\' => 2,
        '\0'..='\x1f' => 6,
        other => other.len_utf8(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_a_text_is_made_of_it_fits_as_json_and_stays_itself() {
        for part in ["k", "ü", "\"", "\u{1}", "漢字"] {
            let texts = [part.repeat(2_000), part.repeat(2_001)];
            let cut = texts.each_ref().map(|text| bounded(text));
            assert_ne!(cut[0], cut[1]);
            for text in &cut {
                assert!(serde_json::to_string(text.as_str()).unwrap().len() <= LONGEST + 2, "{text}");
                assert_eq!(bounded(text), *text, "cut once, it stays as it is");
            }
        }
        let longest = "k".repeat(LONGEST);
        assert_eq!(bounded(&longest), longest);
    }
}
