//! Names as parts of subjects. A subject's parts are separated by dots and hold no blanks and no wildcards; ours hold
//! what the keys of a bucket may hold, too.
//!
//! Letters, digits, `-` and `_` stand for themselves, any other byte is `=` and two hexadecimal digits, and an empty name
//! is a lone `=`. A long name is cut and ends in `==` and its digest, so that any length fits. Distinct names have
//! distinct parts (of long ones, as far as SHA-256 tells them apart), and each message names its stream in full.

use std::fmt::Write as _;

use sha2::{Digest, Sha256};

use crate::message::StreamId;

/// How many bytes a part has before it is cut; the whole line of a request must stay below 4 KiB.
const LONGEST: usize = 160;
const KEPT: usize = 80;

/// A name as part of a subject.
pub(crate) fn token(name: &str) -> String {
    if name.is_empty() {
        return "=".into();
    }
    let mut token = String::with_capacity(name.len());
    for byte in name.bytes() {
        if is_plain(byte) {
            token.push(char::from(byte));
        } else {
            // Writing to a string does not fail.
            let _ = write!(token, "={byte:02x}");
        }
    }
    if token.len() > LONGEST { cut(&token, name) } else { token }
}

/// Whether a byte stands for itself.
pub(crate) fn is_plain(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_')
}

fn cut(token: &str, name: &str) -> String {
    let mut cut = format!("{}==", &token[..KEPT]);
    for byte in &Sha256::digest(name)[..] {
        let _ = write!(cut, "{byte:02x}");
    }
    cut
}

/// The two parts that name a stream.
pub(crate) fn of_stream(stream: &StreamId) -> String {
    format!("{}.{}", token(stream.category()), token(stream.key()))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn any_name_is_one_part_of_its_own() {
        let long = "x".repeat(5_000);
        let names = ["", "=", "a", "A", "a.b", "a b", "*", ">", "=61", "漢字", "a\r\nb", &long, &long[1..]];
        let tokens: HashSet<_> = names.map(token).into_iter().collect();
        assert_eq!(tokens.len(), names.len());
        for token in tokens {
            assert!(!token.is_empty() && token.len() <= LONGEST);
            assert!(
                token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_=".contains(&byte)),
                "{token}"
            );
        }
    }
}
