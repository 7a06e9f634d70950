//! What does not compile, and what the compiler says about it; what compiles in hostile surroundings.
//!
//! One case alone: `cargo test -p cqrs-tests --test ui -- ui trybuild=same_event_twice`. After a change of a message,
//! `TRYBUILD=overwrite` writes the new ones; read them as somebody who sees the framework for the first time.

#[test]
fn mistakes_are_explained() {
    let cases = trybuild::TestCases::new();
    cases.compile_fail("tests/ui/*/*.rs");
}
