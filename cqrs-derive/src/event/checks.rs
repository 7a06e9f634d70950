//! Rules across the attributes of an event. A rule about a single attribute is where the attribute is read.

use quote::ToTokens;
use syn::Path;

use crate::{
    errors::Errors,
    item::refuse_union,
    names::StoredName,
    owned,
    serde_form::{check_fields, has_default},
};

use super::tree::{Event, Kind};

pub(super) fn check(event: &Event<'_>, errors: &Errors) {
    owned::check(
        event.original,
        "an event",
        "an event cannot be generic, since its stored name stands for one type",
        errors,
    );
    refuse_union(event.original, "an event", errors);
    check_names(event, errors);
    for kind in &event.kinds {
        check_versions(kind, errors);
        check_fields(kind.fields, !event.is_enum() && has_default(&event.original.attrs), errors);
    }
    if event.is_enum() {
        check_place_of_keys(event, errors);
        check_not_empty(event, errors);
        check_distinct_names(event, errors);
        check_representation(event, errors);
        check_variants_are_stored(event, errors);
    }
}

fn check_names(event: &Event<'_>, errors: &Errors) {
    for kind in &event.kinds {
        kind.name.check(errors);
        kind.aliases.iter().for_each(|alias| alias.check(errors));
        kind.tags.iter().for_each(|tag| tag.name.check(errors));
    }
}

/// A raised version makes events of the older ones unreadable. Whoever raises it must say that there are none.
fn check_versions(kind: &Kind<'_>, errors: &Errors) {
    let number = kind.number();
    match (&kind.version, &kind.oldest) {
        (None, Some(oldest)) => errors.at(
            &oldest.key,
            "`oldest` says which version was stored first, so it needs the present one: write `version = ..` beside it, or remove it",
        ),
        (Some(_), Some(oldest)) if oldest.number > number => {
            let message = format!("the oldest stored version cannot be newer than the present one: write `oldest = {number}`");
            errors.at(&oldest.key, message);
        }
        (Some(version), Some(oldest)) if oldest.number < number => {
            errors.at(&version.key, unreadable(oldest.number, number));
        }
        (Some(version), None) if number > 1 => errors.at(&version.key, unreadable(1, number)),
        _ => {}
    }
}

fn unreadable(oldest: u32, version: u32) -> String {
    format!(
        "stored events from version {oldest} on could not be read as version {version}, since nothing turns them into it: write `oldest = {version}` if no older one was ever stored; else keep the version, and give new fields `#[serde(default)]`"
    )
}

/// The variants are the events; the enum itself is not stored.
fn check_place_of_keys(event: &Event<'_>, errors: &Errors) {
    let message = "every variant of an enum is an event of its own: put this on the variants";
    event.misplaced.iter().for_each(|name| errors.at(name, message));
    event.misplaced_versions.iter().for_each(|version| errors.at(version, message));
}

fn check_not_empty(event: &Event<'_>, errors: &Errors) {
    if event.kinds.is_empty() {
        errors.at(&event.original.ident, "an enum of events needs a variant for each event: add one");
    }
}

/// Two kinds with one name could not be told apart when read back.
fn check_distinct_names(event: &Event<'_>, errors: &Errors) {
    let mut seen: Vec<&StoredName> = Vec::new();
    for name in event.kinds.iter().flat_map(|kind| std::iter::once(&kind.name).chain(&kind.aliases)) {
        if seen.iter().any(|other| other.text == name.text) {
            let message = format!("two variants are stored as `{}`: give one another name", name.text);
            errors.add(syn::Error::new(name.span, message));
        }
        seen.push(name);
    }
}

/// In the store the event's name says which variant it is, and the payload is the content alone.
fn check_representation(event: &Event<'_>, errors: &Errors) {
    for key in ["tag", "content", "untagged", "from", "try_from", "into"] {
        for found in find(&event.serde_keys, key) {
            let message = format!(
                "an enum of events must keep serde's default representation, since its variant is stored as the event's name: remove `{key}`"
            );
            errors.at(found, message);
        }
    }
}

/// A variant that serde skips could be written and never read, or the other way round.
fn check_variants_are_stored(event: &Event<'_>, errors: &Errors) {
    for kind in &event.kinds {
        for key in ["skip", "skip_serializing", "skip_deserializing", "untagged", "other"] {
            for found in find(&kind.serde_keys, key) {
                let message = format!("every variant of an enum of events is stored: remove `{key}`");
                errors.at(found, message);
            }
        }
    }
}

fn find<'a>(keys: &'a [Path], key: &'a str) -> impl Iterator<Item = impl ToTokens + use<'a>> + use<'a> {
    keys.iter().filter(move |path| path.is_ident(key))
}
