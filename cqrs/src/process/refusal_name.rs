//! The stored names of refusals, made at compile time of those of their commands.

use std::marker::PhantomData;

use crate::command::Command;

/// What follows the name of a command in that of its refusal.
pub(super) const SUFFIX: &str = "/refused";

/// How long the name of a refusal may be.
const LONGEST: usize = 256;

/// How many former names a command may have.
const MOST_ALIASES: usize = 8;

/// The names of the refusal of a command.
pub(super) struct RefusalNames<C>(PhantomData<C>);

impl<C: Command> RefusalNames<C> {
    pub(super) const NAME: &'static str = Name::<C, 0>::TEXT;

    pub(super) const ALIASES: &'static [&'static str] = {
        assert!(
            C::ALIASES.len() <= MOST_ALIASES,
            "a command that a process sends has at most 8 former names"
        );
        Self::ALL.split_at(C::ALIASES.len()).0
    };

    const ALL: &'static [&'static str; MOST_ALIASES] = &[
        Name::<C, 1>::TEXT,
        Name::<C, 2>::TEXT,
        Name::<C, 3>::TEXT,
        Name::<C, 4>::TEXT,
        Name::<C, 5>::TEXT,
        Name::<C, 6>::TEXT,
        Name::<C, 7>::TEXT,
        Name::<C, 8>::TEXT,
    ];
}

/// The name of the command, or its former name number `N`, from 1.
struct Name<C, const N: usize>(PhantomData<C>);

impl<C: Command, const N: usize> Name<C, N> {
    const COMMAND: &'static str = match N {
        0 => C::NAME,
        alias if alias <= C::ALIASES.len() => C::ALIASES[alias - 1],
        _ => "",
    };

    const BYTES: &'static [u8; LONGEST] = &{
        let mut bytes = [0; LONGEST];
        let length = Self::COMMAND.len();
        assert!(length + SUFFIX.len() <= LONGEST, "the name of a command that a process sends is too long");
        copy(&mut bytes, 0, Self::COMMAND);
        copy(&mut bytes, length, SUFFIX);
        bytes
    };

    const TEXT: &'static str = {
        match str::from_utf8(Self::BYTES.split_at(Self::COMMAND.len() + SUFFIX.len()).0) {
            Ok(text) => text,
            Err(_) => unreachable!(),
        }
    };
}

const fn copy(to: &mut [u8; LONGEST], start: usize, text: &str) {
    let mut index = 0;
    while index < text.len() {
        to[start + index] = text.as_bytes()[index];
        index += 1;
    }
}
