//! What is stored can be read, and is what was decided; everything else is refused before it is stored.
#![allow(
    clippy::cast_possible_truncation,
    clippy::option_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "users may write all of it"
)]

mod carried;
mod generated;
mod keeper;
mod refused;
mod variants;
