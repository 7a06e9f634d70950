//! One change of one file: a piece of text, and what comes in its place.

/// A change. Where the old text stands is found whatever blanks and lines it is written with, so that neither the
/// formatter nor a line elsewhere matters.
#[derive(Debug)]
pub struct Edit {
    pub file: String,
    pub old: String,
    pub new: String,
}

impl Edit {
    /// The text with the change made; `None` unless the old text is there exactly once.
    pub fn apply(&self, text: &str) -> Option<String> {
        let wanted: Vec<char> = self.old.chars().filter(|letter| !letter.is_whitespace()).collect();
        let there: Vec<(usize, char)> =
            text.char_indices().filter(|(_, letter)| !letter.is_whitespace()).collect();
        let same = |part: &[(usize, char)]| part.iter().map(|(_, letter)| letter).eq(&wanted);
        let mut found = there.windows(wanted.len().max(1)).filter(|part| same(part));
        let (place, None) = (found.next()?, found.next()) else { return None };
        let (start, end) = (place.first()?.0, place.last()?);
        let end = end.0 + end.1.len_utf8();
        Some(format!("{}{}{}", &text[..start], self.new, &text[end..]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edit(old: &str, new: &str) -> Edit {
        Edit { file: String::new(), old: old.into(), new: new.into() }
    }

    #[test]
    fn blanks_and_lines_do_not_matter() {
        let text = "fn two() {\n    one( 1,\n        2 );\n}";
        assert_eq!(edit("one(1, 2);", "none();").apply(text).unwrap(), "fn two() {\n    none();\n}");
    }

    #[test]
    fn what_is_missing_or_there_twice_is_refused() {
        assert!(edit("three", "").apply("one two").is_none());
        assert!(edit("one", "").apply("one two one").is_none());
    }
}
