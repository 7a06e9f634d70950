//! What the macros of this project wrote, found in an expanded crate.

use quote::ToTokens;
use syn::{Expr, Item, Stmt, parse_quote, visit_mut::VisitMut};

/// The items that the macros of this project wrote, formatted, module by module.
///
/// They are those that write `::cqrs`, with leading colons: people write `cqrs`, other macros nothing of the kind.
pub fn written_by_the_macros(package: &str, expanded: &str) -> String {
    let file = syn::parse_file(expanded).expect("the compiler prints what can be parsed");
    let mut written = String::new();
    collect(package, file.items, &mut written);
    written
}

fn collect(module: &str, items: Vec<Item>, written: &mut String) {
    let (modules, items): (Vec<_>, Vec<_>) = items.into_iter().partition(|item| matches!(item, Item::Mod(_)));
    let ours: Vec<Item> =
        items.into_iter().filter(|item| item.to_token_stream().to_string().contains(":: cqrs ::")).collect();
    if !ours.is_empty() {
        let mut file = syn::File { shebang: None, frontmatter: None, attrs: Vec::new(), items: ours };
        FoldSubmissions.visit_file_mut(&mut file);
        written.extend(["// ", module, "\n\n", &prettyplease::unparse(&file), "\n"]);
    }
    for item in modules {
        let Item::Mod(inner) = item else { continue };
        let (_, items) = inner.content.unwrap_or_default();
        collect(&format!("{module}::{}", inner.ident), items, written);
    }
}

/// Puts `inventory::submit!` back for what it expands to: that is not ours, and differs from system to system.
struct FoldSubmissions;

impl VisitMut for FoldSubmissions {
    fn visit_item_mut(&mut self, item: &mut Item) {
        if let Some(submitted) = submitted(item) {
            *item = parse_quote!(::cqrs::__private::inventory::submit! { #submitted });
        } else {
            syn::visit_mut::visit_item_mut(self, item);
        }
    }
}

/// What is submitted, if the item is the expansion of `inventory::submit!`.
fn submitted(item: &Item) -> Option<Expr> {
    let Item::Const(constant) = item else { return None };
    let Expr::Block(block) = &*constant.expr else { return None };
    block.block.stmts.iter().find_map(|statement| match statement {
        Stmt::Item(Item::Static(node)) if node.ident == "__INVENTORY" => value_of(&node.expr),
        _ => None,
    })
}

/// The expression in `Node { value: &{ expression }, .. }`.
fn value_of(node: &Expr) -> Option<Expr> {
    let Expr::Struct(node) = node else { return None };
    let Expr::Reference(reference) = &node.fields.first()?.expr else { return None };
    let Expr::Block(block) = &*reference.expr else { return None };
    match block.block.stmts.as_slice() {
        [Stmt::Expr(expression, None)] => Some(expression.clone()),
        _ => None,
    }
}
