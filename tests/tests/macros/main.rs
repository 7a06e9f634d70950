//! What the macros write, run: naming, encoding, decoding, folding, deciding.
#![allow(missing_docs, unreachable_pub, reason = "the domain is for these tests only")]

mod deciding;
mod domain;
mod folding;
mod readable;
mod storing;
