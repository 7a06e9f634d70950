//! What generated code refers to beside the public traits. Nothing here is for people, and nothing is promised.

pub use inventory;

pub use crate::{command::existing, dispatch::changed};

use crate::aggregate::Aggregate;

/// Stops the compilation where the aggregate, whose type is called `name`, has an event handler that is not pure.
pub const fn assert_pure<A: Aggregate>(name: &str) {
    let mut index = 0;
    while index < A::HANDLERS.len() {
        let handler = &A::HANDLERS[index];
        if !handler.is_pure() {
            let text = Text::new().then("the event handler `").then(handler.name).then("` of `").then(name).then(
                "` is not pure: an aggregate's event handlers take no services or positions and return no `Result`; \
                 decide in the command handler, and put what it learned into the event",
            );
            panic!("{}", text.as_str());
        }
        index += 1;
    }
}

/// Text put together at compile time, cut off at its capacity.
struct Text {
    bytes: [u8; 512],
    length: usize,
}

impl Text {
    const fn new() -> Self {
        Self { bytes: [0; 512], length: 0 }
    }

    const fn then(mut self, text: &str) -> Self {
        let mut index = 0;
        while index < text.len() && self.length < self.bytes.len() {
            self.bytes[self.length] = text.as_bytes()[index];
            self.length += 1;
            index += 1;
        }
        self
    }

    const fn as_str(&self) -> &str {
        match std::str::from_utf8(self.bytes.split_at(self.length).0) {
            Ok(text) => text,
            Err(_) => "an event handler of an aggregate is not pure",
        }
    }
}
