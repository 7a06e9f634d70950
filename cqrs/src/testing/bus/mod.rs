//! The promises of a bus, as checks that any transport can run.
