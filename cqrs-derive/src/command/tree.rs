//! A command as the macro sees it.

use proc_macro2::Ident;
use syn::{Data, DeriveInput, Fields, GenericArgument, Member, Path, PathArguments, Type};

use crate::{errors::Errors, names::StoredName, parts::crate_path};

use super::attributes::{FieldKeys, TypeKeys};

/// A struct with `derive(Command)`.
pub(super) struct Command<'a> {
    pub(super) original: &'a DeriveInput,
    pub(super) cqrs: Path,
    pub(super) name: StoredName,
    pub(super) aliases: Vec<StoredName>,
    pub(super) version: u32,
    /// Every field marked `#[command(id)]`.
    pub(super) ids: Vec<IdField<'a>>,
    pub(super) fields: Option<&'a Fields>,
}

/// The field that names the aggregate.
pub(super) struct IdField<'a> {
    /// The word `id` of the attribute.
    pub(super) key: Ident,
    pub(super) member: Member,
    pub(super) ty: &'a Type,
    /// What it is wrapped in, and what is inside, if it may be missing or there may be several.
    pub(super) container: Option<(&'a Ident, &'a Type)>,
}

impl<'a> Command<'a> {
    pub(super) fn read(input: &'a DeriveInput, errors: &Errors) -> Self {
        let TypeKeys { name, aliases, version, crate_path: path } = TypeKeys::read(&input.attrs, errors);
        let fields = match &input.data {
            Data::Struct(data) => Some(&data.fields),
            Data::Enum(_) | Data::Union(_) => None,
        };
        Self {
            original: input,
            cqrs: crate_path(path),
            name: StoredName::new(name.as_ref(), &input.ident),
            aliases: aliases.iter().map(StoredName::given).collect(),
            version: version.unwrap_or(1),
            ids: fields.map_or_else(Vec::new, |fields| IdField::read_all(fields, errors)),
            fields,
        }
    }
}

impl<'a> IdField<'a> {
    fn read_all(fields: &'a Fields, errors: &Errors) -> Vec<Self> {
        let marked = |(field, member): (&'a syn::Field, Member)| {
            let key = FieldKeys::read(&field.attrs, errors).id?;
            Some(Self { key, member, ty: &field.ty, container: container(&field.ty) })
        };
        fields.iter().zip(fields.members()).filter_map(marked).collect()
    }

    /// Its type, if it is one that may be an id.
    pub(super) fn id(&self) -> Option<&'a Type> {
        self.container.is_none().then_some(self.ty)
    }
}

/// `Option` or `Vec`, and what is inside.
fn container(ty: &Type) -> Option<(&Ident, &Type)> {
    let Type::Path(path) = ty else { return None };
    let last = path.path.segments.last().filter(|last| last.ident == "Option" || last.ident == "Vec")?;
    let PathArguments::AngleBracketed(arguments) = &last.arguments else { return None };
    match arguments.args.first() {
        Some(GenericArgument::Type(inner)) => Some((&last.ident, inner)),
        _ => None,
    }
}
