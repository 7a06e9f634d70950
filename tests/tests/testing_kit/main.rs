//! given / when / then for what people write, on a domain written with the macros.
#![allow(missing_docs, unreachable_pub, reason = "the domain is a test's")]

mod aggregates;
mod application;
mod commands;
mod handlers;
mod parts;
mod tables;
mod whose_events;

/// What a check says when it panics, which it must.
async fn report<F: Future<Output = ()> + Send + 'static>(check: F) -> String {
    let panic = tokio::spawn(check).await.expect_err("the check must fail").into_panic();
    let literal = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    literal.or_else(|| panic.downcast_ref::<String>().cloned()).expect("a panic says something")
}
