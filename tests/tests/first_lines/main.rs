//! The first line of an error, which is all that `{}`, `unwrap` and most logs show: it says what, which and why. One test for
//! each family of errors, with real ones.

mod bus;
mod commands;
mod every_type;
mod projections;
mod stores;

use std::error::Error;

/// The error, for which `{}` says all of this in one line, and whose cause is there beneath if it has one.
#[track_caller]
fn says(error: &(impl Error + ?Sized), words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "`{word}` is not in: {text}");
    }
    assert_eq!(text.lines().count(), 1, "it is one line: {text}");
    let mut causes = std::iter::successors(error.source(), |&cause| cause.source());
    assert!(causes.all(|cause| !cause.to_string().is_empty()), "each cause has a text: {text}");
}

/// The cause of this type, somewhere beneath.
#[track_caller]
fn caused_by<E: Error + 'static>(error: &(impl Error + 'static)) -> &E {
    let mut causes = std::iter::successors(Some(error as &(dyn Error + 'static)), |&cause| cause.source());
    causes.find_map(|cause| cause.downcast_ref()).unwrap_or_else(|| panic!("no such cause beneath: {error}"))
}
