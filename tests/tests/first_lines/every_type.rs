//! The kind itself: whatever has a cause says it.

use std::{
    fs,
    path::{Path, PathBuf},
};

use quote::ToTokens;
use syn::{Attribute, Fields, Item, visit::Visit};

/// A conflict is the reason itself; what the command handler made of it stands beneath. What is beneath the others may quote a
/// value or an address with its password, and they say in words of their own what is wrong.
const ENOUGH_BY_ITSELF: [&str; 4] =
    ["DispatchError::Conflict", "Unreadable", "BadAddress::Server", "BadAddress::Credentials"];

/// Every error type of the framework that keeps a cause in `source()` ends its text with it, or has the cause's text for its
/// own.
#[test]
fn every_error_with_a_cause_says_it() {
    let mut silent = Vec::new();
    for crate_name in ["cqrs", "cqrs-derive"] {
        let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(crate_name).join("src");
        for path in files(&sources) {
            let file = syn::parse_file(&fs::read_to_string(&path).unwrap()).unwrap();
            let mut errors = Errors { path: &path, silent: &mut silent };
            errors.visit_file(&file);
        }
    }
    assert!(silent.is_empty(), "these keep their cause to themselves:\n{}", silent.join("\n"));
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let files = entries.flat_map(|path| if path.is_dir() { files(&path) } else { vec![path] });
    files.filter(|path| path.extension().is_some_and(|extension| extension == "rs")).collect()
}

struct Errors<'a> {
    path: &'a Path,
    silent: &'a mut Vec<String>,
}

impl Visit<'_> for Errors<'_> {
    fn visit_item(&mut self, item: &Item) {
        match item {
            Item::Enum(item) => {
                for variant in &item.variants {
                    self.look(&format!("{}::{}", item.ident, variant.ident), &variant.attrs, &variant.fields);
                }
            }
            Item::Mod(module) if module.ident == "tests" => return,
            Item::Struct(item) => self.look(&item.ident.to_string(), &item.attrs, &item.fields),
            _ => {}
        }
        syn::visit::visit_item(self, item);
    }
}

impl Errors<'_> {
    fn look(&mut self, name: &str, attributes: &[Attribute], fields: &Fields) {
        let text = attributes.iter().find(|attribute| attribute.path().is_ident("error"));
        let Some(text) = text.map(|attribute| attribute.to_token_stream().to_string()) else { return };
        let says_it = |place: &str| {
            ["transparent", "because", "first_line"].iter().any(|word| text.contains(word))
                || text.contains(&format!("{{{place}}}"))
        };
        for (number, field) in fields.iter().enumerate() {
            let field_name = field.ident.as_ref().map_or_else(|| number.to_string(), ToString::to_string);
            let marked = |name| field.attrs.iter().any(|attribute| attribute.path().is_ident(name));
            let is_cause = field_name == "source" || marked("source") || marked("from");
            if is_cause && !says_it(&field_name) && !ENOUGH_BY_ITSELF.contains(&name) {
                self.silent.push(format!("{}: {name}", self.path.display()));
            }
        }
    }
}
