//! What tests of an application, of a store and of a bus need.

pub mod bus;
