//! An event type as the macro sees it.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, LitStr, Member, Path, Type, Variant};

use crate::{errors::Errors, names::StoredName, parts::crate_path, serde_form::serde_keys};

use super::attributes::{FieldKeys, KindKeys, Version};

/// A struct or enum with `derive(Event)`.
pub(super) struct Event<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    /// One for a struct, one for each variant of an enum.
    pub(super) kinds: Vec<Kind<'a>>,
    /// What `#[event(..)]` on an enum itself says, which has no place there.
    pub(super) misplaced: Vec<LitStr>,
    pub(super) misplaced_versions: Vec<Ident>,
    pub(super) serde_keys: Vec<Path>,
}

/// One kind of event.
pub(super) struct Kind<'a> {
    /// `None` for a struct.
    pub(super) variant: Option<&'a Variant>,
    pub(super) ident: &'a Ident,
    pub(super) name: StoredName,
    pub(super) version: Option<Version>,
    pub(super) oldest: Option<Version>,
    pub(super) aliases: Vec<StoredName>,
    pub(super) fields: &'a Fields,
    pub(super) tags: Vec<Tag<'a>>,
    pub(super) serde_keys: Vec<Path>,
}

/// A field that events are found by.
pub(super) struct Tag<'a> {
    pub(super) name: StoredName,
    pub(super) member: Member,
    pub(super) ty: &'a Type,
}

impl<'a> Event<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let keys = KindKeys::of_type(&input.attrs, errors);
        let mut event = Self {
            original: input,
            cqrs: crate_path(keys.crate_path.clone()),
            kinds: Vec::new(),
            misplaced: Vec::new(),
            misplaced_versions: Vec::new(),
            serde_keys: serde_keys(&input.attrs),
        };
        match &input.data {
            Data::Struct(data) => event.kinds.push(Kind::of_struct(input, &data.fields, keys, errors)),
            Data::Enum(data) => {
                event.kinds.extend(data.variants.iter().map(|variant| Kind::of_variant(variant, errors)));
                event.misplaced.extend(keys.name.into_iter().chain(keys.aliases));
                let versions = keys.version.into_iter().chain(keys.oldest);
                event.misplaced_versions.extend(versions.map(|version| version.key));
            }
            Data::Union(_) => {}
        }
        event
    }

    pub(super) fn is_enum(&self) -> bool {
        matches!(self.original.data, Data::Enum(_))
    }
}

impl<'a> Kind<'a> {
    fn of_struct(input: &'a DeriveInput, fields: &'a Fields, keys: KindKeys, errors: &Errors) -> Self {
        Self::new(None, &input.ident, fields, keys, errors)
    }

    fn of_variant(variant: &'a Variant, errors: &Errors) -> Self {
        let keys = KindKeys::of_variant(variant, errors);
        let kind = Self::new(Some(variant), &variant.ident, &variant.fields, keys, errors);
        Self { serde_keys: serde_keys(&variant.attrs), ..kind }
    }

    fn new(
        variant: Option<&'a Variant>,
        ident: &'a Ident,
        fields: &'a Fields,
        keys: KindKeys,
        errors: &Errors,
    ) -> Self {
        let KindKeys { name, version, oldest, aliases, crate_path: _ } = keys;
        Self {
            variant,
            ident,
            name: StoredName::new(name.as_ref(), ident),
            version,
            oldest,
            aliases: aliases.iter().map(StoredName::given).collect(),
            fields,
            tags: Tag::read_all(fields, errors),
            serde_keys: Vec::new(),
        }
    }
}

impl Kind<'_> {
    /// The version of the schema that the type is.
    pub(super) fn number(&self) -> u32 {
        self.version.as_ref().map_or(1, |version| version.number)
    }
}

impl<'a> Tag<'a> {
    fn read_all(fields: &'a Fields, errors: &Errors) -> Vec<Self> {
        let mut tags = Vec::new();
        for (field, member) in fields.iter().zip(fields.members()) {
            let Some(tag) = FieldKeys::read(&field.attrs, errors).tag else { continue };
            let name = match (&tag.name, &field.ident) {
                (None, None) => {
                    errors.at(&tag.key, "this field has no name to call the tag by: write `tag = \"name\"`");
                    continue;
                }
                (None, Some(ident)) => StoredName::new(None, ident),
                (Some(name), _) => StoredName::given(name),
            };
            tags.push(Self { name, member, ty: &field.ty });
        }
        tags
    }
}
