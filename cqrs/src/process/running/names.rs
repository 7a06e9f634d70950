//! The names of the checkpoints of a process manager's workers, made at compile time of that of its category.

use std::marker::PhantomData;

use super::super::ProcessManager;

/// How many slots there are. It never changes: which slot a process is in is part of what is stored.
pub(crate) const SLOTS: usize = 16;

/// How long such a name may be.
const LONGEST: usize = 256;

/// The names of the workers of `P`: `process/<name>/steps`, and of its slots, `process/<name>/steps/0` and so on.
pub(crate) struct Names<P>(PhantomData<P>);

impl<P: ProcessManager> Names<P> {
    pub(crate) const STEPS: &'static str = text(&Self::STEPS_BYTES.0);
    pub(crate) const SENDER: &'static str = text(&Self::SENDER_BYTES.0);
    pub(crate) const STEPS_SLOTS: &'static [&'static str; SLOTS] = &texts(&Self::STEPS_BYTES.1);
    pub(crate) const SENDER_SLOTS: &'static [&'static str; SLOTS] = &texts(&Self::SENDER_BYTES.1);

    const STEPS_BYTES: &'static (Bytes, [Bytes; SLOTS]) = &all(P::CATEGORY, "/steps");
    const SENDER_BYTES: &'static (Bytes, [Bytes; SLOTS]) = &all(P::CATEGORY, "/sender");
}

/// A name as it is made.
#[derive(Clone, Copy)]
struct Bytes {
    bytes: [u8; LONGEST],
    length: usize,
}

impl Bytes {
    const NONE: Self = Self { bytes: [0; LONGEST], length: 0 };

    const fn and(mut self, more: &[u8]) -> Self {
        assert!(self.length + more.len() <= LONGEST, "the name of a process manager is too long");
        let mut index = 0;
        while index < more.len() {
            self.bytes[self.length + index] = more[index];
            index += 1;
        }
        self.length += more.len();
        self
    }
}

/// The name of a worker, and those of its slots.
const fn all(category: &str, suffix: &str) -> (Bytes, [Bytes; SLOTS]) {
    let whole = Bytes::NONE.and(category.as_bytes()).and(suffix.as_bytes());
    let mut slots = [Bytes::NONE; SLOTS];
    let mut slot = 0_u8;
    while (slot as usize) < SLOTS {
        let tens: &[u8] = if slot < 10 { b"/" } else { b"/1" };
        slots[slot as usize] = whole.and(tens).and(&[b'0' + slot % 10]);
        slot += 1;
    }
    (whole, slots)
}

const fn texts(bytes: &'static [Bytes; SLOTS]) -> [&'static str; SLOTS] {
    let mut names = [""; SLOTS];
    let mut slot = 0;
    while slot < SLOTS {
        names[slot] = text(&bytes[slot]);
        slot += 1;
    }
    names
}

const fn text(bytes: &'static Bytes) -> &'static str {
    match str::from_utf8(bytes.bytes.split_at(bytes.length).0) {
        Ok(text) => text,
        Err(_) => unreachable!(),
    }
}
