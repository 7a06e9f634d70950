//! Source as people write it: for messages, where the tokens' own text has a space between any two.

use proc_macro2::{Delimiter, Spacing, TokenStream, TokenTree};
use quote::ToTokens;

/// The type, or whatever it is, as somebody would write it.
pub(crate) fn written(tokens: &impl ToTokens) -> String {
    let mut text = String::new();
    write(&mut text, tokens.to_token_stream());
    text.trim().to_owned()
}

fn write(text: &mut String, tokens: TokenStream) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                text.push_str(open);
                write(text, group.stream());
                text.push_str(close);
            }
            TokenTree::Punct(punct) => match punct.as_char() {
                mark @ (',' | ';') => text.extend([mark, ' ']),
                mark @ ('=' | '+') => text.extend([' ', mark, ' ']),
                '>' if text.ends_with('-') => {
                    text.truncate(text.len() - 1);
                    text.push_str(" -> ");
                }
                ':' if punct.spacing() == Spacing::Alone && !text.ends_with(':') => text.push_str(": "),
                mark => text.push(mark),
            },
            TokenTree::Ident(ident) => word(text, &ident.to_string()),
            TokenTree::Literal(literal) => word(text, &literal.to_string()),
        }
    }
}

/// Two words are kept apart.
fn word(text: &mut String, word: &str) {
    if text.ends_with(is_of_word) {
        text.push(' ');
    }
    text.push_str(word);
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_look_as_people_write_them() {
        for ty in [
            "&Id<Account>",
            "&'a mut SqliteTransaction<'_>",
            "Result<(Root<Account>, Root<Account>), BankError>",
            "Inject<Arc<dyn Clock + Send + Sync>>",
            "[u8; 16]",
            "fn(&str) -> u8",
            "<Account as cqrs::handler::EventHandlers>::Event",
            "impl Iterator<Item = MoneyCredited>",
            "account: Id<Account>",
        ] {
            let tokens: TokenStream = ty.parse().unwrap();
            assert_eq!(written(&tokens), ty);
        }
    }
}
