//! Where in a document a value is. Kept as links to the stack, and written out only when there is something to say.

use std::fmt;

/// A place in a document.
pub(super) enum Path<'a> {
    /// The document itself.
    Root,
    /// A member of an object.
    Member(&'a Path<'a>, &'a str),
    /// An item of a list, from 0.
    Item(&'a Path<'a>, usize),
}

/// Names that somebody sent are cut to this many characters.
const LONGEST_NAME: usize = 80;

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Root => Ok(()),
            Self::Member(Self::Root, name) => write_name(f, name),
            Self::Member(parent, name) => {
                write!(f, "{parent}.")?;
                write_name(f, name)
            }
            Self::Item(parent, index) => write!(f, "{parent}[{index}]"),
        }
    }
}

fn write_name(f: &mut fmt::Formatter<'_>, name: &str) -> fmt::Result {
    name.chars()
        .take(LONGEST_NAME)
        .try_for_each(|c| write!(f, "{}", if c.is_control() { char::REPLACEMENT_CHARACTER } else { c }))
}
