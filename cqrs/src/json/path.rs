//! Where in a value something is.

use std::fmt;

use smol_str::SmolStr;

/// How many steps of a path are shown.
const SHOWN: usize = 12;

/// One step into a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Segment {
    /// A field of a struct.
    Field(SmolStr),
    /// An element of a sequence, from 0.
    Element(usize),
    /// A value of a map, from 0. Its key may be somebody's data, and is not shown.
    Entry(usize),
    /// A key of a map, from 0.
    Key(usize),
}

/// The steps, the innermost first: they are gathered on the way out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Path(pub(super) Vec<Segment>);

impl Path {
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, segment) in self.0.iter().rev().take(SHOWN).enumerate() {
            match segment {
                Segment::Field(name) if index == 0 => write!(formatter, "{name}")?,
                Segment::Field(name) => write!(formatter, ".{name}")?,
                Segment::Element(index) => write!(formatter, "[{index}]")?,
                Segment::Entry(index) => write!(formatter, "[entry {index}]")?,
                Segment::Key(index) => write!(formatter, "[key {index}]")?,
            }
        }
        if self.0.len() > SHOWN { formatter.write_str("..") } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_reads_from_the_outside_in_and_is_bounded() {
        let path = [
            Segment::Entry(2),
            Segment::Field("prices".into()),
            Segment::Element(1),
            Segment::Field("lines".into()),
        ];
        assert_eq!(Path(path.to_vec()).to_string(), "lines[1].prices[entry 2]");
        assert!(Path(vec![Segment::Element(7); 500]).to_string().ends_with("[7].."));
    }
}
