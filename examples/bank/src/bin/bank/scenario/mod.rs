//! x
use std::{io::Write, path::Path};
use crate::Verdict;
pub(crate) async fn run(_db: Option<&Path>, _out: &mut impl Write) -> Verdict { Ok(true) }
