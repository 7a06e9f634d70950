//! A number that changes when the source does.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// The FNV-1a hash of the tokens. White space and documentation do not count, so that only what means something
/// to the compiler changes it.
pub(crate) fn fingerprint(tokens: TokenStream) -> u64 {
    let mut hash = Fnv(0xcbf2_9ce4_8422_2325);
    hash.stream(tokens);
    hash.0
}

struct Fnv(u64);

impl Fnv {
    fn stream(&mut self, tokens: TokenStream) {
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            if matches!(&token, TokenTree::Punct(punct) if punct.as_char() == '#')
                && tokens.next_if(is_documentation).is_some()
            {
                continue;
            }
            self.token(token);
        }
    }

    fn token(&mut self, token: TokenTree) {
        match token {
            TokenTree::Group(group) => {
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ("(", ")"),
                    Delimiter::Brace => ("{", "}"),
                    Delimiter::Bracket => ("[", "]"),
                    Delimiter::None => ("", ""),
                };
                self.text(open);
                self.stream(group.stream());
                self.text(close);
            }
            TokenTree::Ident(ident) => self.text(&ident.to_string()),
            TokenTree::Punct(punct) => self.text(punct.as_char().encode_utf8(&mut [0; 4])),
            TokenTree::Literal(literal) => self.text(&literal.to_string()),
        }
    }

    /// The zero byte keeps `ab c` and `a bc` apart.
    fn text(&mut self, text: &str) {
        for byte in text.bytes().chain([0]) {
            self.0 = (self.0 ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }
}

fn is_documentation(token: &TokenTree) -> bool {
    let TokenTree::Group(group) = token else { return false };
    matches!(group.stream().into_iter().next(), Some(TokenTree::Ident(ident)) if ident == "doc")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(source: &str) -> u64 {
        fingerprint(source.parse().unwrap())
    }

    #[test]
    fn it_changes_with_the_code_and_not_with_space_or_documentation() {
        let original = of("struct A { b: u8 }");
        assert_eq!(original, of("struct A {\n    b : u8\n}"));
        assert_eq!(original, of("/// An A.\nstruct A { /** its b */ b: u8 }"));
        assert_ne!(original, of("struct A { b: u16 }"));
        assert_ne!(original, of("struct A { b: u8, c: u8 }"));
        assert_ne!(original, of("struct A ( b: u8 )"));
    }
}
