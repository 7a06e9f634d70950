//! Everything a process says: its log at every level, of all crates, and what it prints.

use tokio::process::Child;

/// Lets this process, a child, print its log at every level.
///
/// # Panics
/// If it has a log already.
pub fn say_everything() {
    let log = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_ansi(false);
    log.with_writer(std::io::stdout).init();
}

/// What a child has said until its end.
///
/// # Panics
/// If it fails.
pub async fn by(child: Child) -> String {
    let output = child.wait_with_output().await.expect("the child is heard");
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success(), "{said}");
    said
}

/// An error with all its causes, in both forms.
pub fn in_full(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    causes.map(|cause| format!("{cause} {cause:?}")).collect::<Vec<_>>().join("\n")
}

/// The error or one of its causes says this, and none of them the password of the tests' servers.
///
/// # Panics
/// If it is otherwise.
pub fn assert_says(error: &(dyn std::error::Error + 'static), wanted: &str) {
    let said = in_full(error);
    assert!(said.contains(wanted), "{said}");
    assert!(!said.contains("s3cret"), "{said}");
}
