//! The digest of a command: the same for the same content, in whatever order a process wrote it.
//!
//! A `HashMap` is written in another order by another process, so the members of an object are sorted before they count.
//! The elements of an array keep their order, which says something of a tuple or a list; of a type that holds a `HashSet`
//! there is no digest. It is computed from the text and not from values: numbers stay as they were written, however large,
//! and neither the depth of the content nor the features of the JSON library that a program switches on matter.
//!
//! It is stored: how it is computed must never change.

use crate::store::Fingerprint;

/// The digest of a command's JSON.
pub(super) fn digest(json: &str) -> Fingerprint {
    let mut whole = Container::default();
    let mut open = Vec::<Container<'_>>::new();
    let mut rest = json.as_bytes();
    while !rest.is_empty() {
        let (token, after) = next(rest);
        rest = after;
        match token {
            Token::Opens { is_object } => open.push(Container { is_object, ..Container::default() }),
            Token::Closes => {
                let Some(closed) = open.pop() else { continue };
                let value = Value::Container(*closed.digest().as_bytes());
                open.last_mut().unwrap_or(&mut whole).take(value);
            }
            Token::Scalar(text) => open.last_mut().unwrap_or(&mut whole).take(Value::Scalar(text)),
            Token::Between => {}
        }
    }
    whole.digest()
}

/// An object or an array, as far as it was read.
#[derive(Default)]
struct Container<'a> {
    is_object: bool,
    /// The key whose value comes next.
    key: Option<&'a [u8]>,
    members: Vec<(&'a [u8], Value<'a>)>,
}

#[derive(PartialEq, Eq, PartialOrd, Ord)]
enum Value<'a> {
    /// As it is written: a text in its quotes.
    Scalar(&'a [u8]),
    /// The digest of an object or an array.
    Container([u8; 16]),
}

impl<'a> Container<'a> {
    fn take(&mut self, value: Value<'a>) {
        match (self.is_object, self.key.take(), value) {
            (true, None, Value::Scalar(key)) => self.key = Some(key),
            (_, key, value) => self.members.push((key.unwrap_or_default(), value)),
        }
    }

    fn digest(mut self) -> Fingerprint {
        if self.is_object {
            self.members.sort_unstable();
        }
        let mut text = vec![if self.is_object { b'{' } else { b'[' }];
        for (key, value) in &self.members {
            let (kind, value) = match value {
                Value::Scalar(scalar) => (b's', *scalar),
                Value::Container(digest) => (b'c', &digest[..]),
            };
            for part in [key, value] {
                text.extend((part.len() as u64).to_le_bytes());
                text.extend(part);
            }
            text.push(kind);
        }
        Fingerprint::of(&text)
    }
}

enum Token<'a> {
    Opens {
        is_object: bool,
    },
    Closes,
    Scalar(&'a [u8]),
    /// White space, a comma, a colon.
    Between,
}

/// The first token of a text that is not empty, and what follows it.
fn next(rest: &[u8]) -> (Token<'_>, &[u8]) {
    let length = match rest[0] {
        b'"' => length_of_text(rest),
        b'{' | b'[' | b'}' | b']' => 1,
        byte if is_between(byte) => 1,
        _ => rest.iter().position(|&byte| is_between(byte) || b"]}".contains(&byte)).unwrap_or(rest.len()),
    };
    let (token, after) = rest.split_at(length);
    let token = match token[0] {
        b'{' => Token::Opens { is_object: true },
        b'[' => Token::Opens { is_object: false },
        b'}' | b']' => Token::Closes,
        byte if is_between(byte) => Token::Between,
        _ => Token::Scalar(token),
    };
    (token, after)
}

fn is_between(byte: u8) -> bool {
    b",: \n\r\t".contains(&byte)
}

/// How long the text is at whose opening quote this begins, both quotes included.
fn length_of_text(rest: &[u8]) -> usize {
    let mut escaped = false;
    let end = rest.iter().skip(1).position(|&byte| {
        let ends = byte == b'"' && !escaped;
        escaped = byte == b'\\' && !escaped;
        ends
    });
    end.map_or(rest.len(), |end| end + 2)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn same(one: &str, other: &str) -> bool {
        digest(one) == digest(other)
    }

    #[test]
    fn the_order_of_members_and_white_space_do_not_count() {
        assert!(same(
            r#"{"a":1,"b":[1,2,{"c":[],"d":null}]}"#,
            r#"{ "b": [1, 2,{"d":null,"c":[ ]}], "a" :1 }"#
        ));
        assert!(same("7", " 7\n"));
    }

    #[test]
    fn everything_else_counts() {
        let all = [
            "null",
            "true",
            "0",
            "0.0",
            "-0.0",
            "\"\"",
            "\"0\"",
            "[]",
            "{}",
            "[[]]",
            "[{}]",
            "[0]",
            "[0,0]",
            "[0,1]",
            "[1,0]",
            "[[0],0]",
            "[[0,0]]",
            r#"{"a":0}"#,
            r#"{"b":0}"#,
            r#"{"a":"0"}"#,
            r#"{"a":[0]}"#,
            r#"["a",0]"#,
            r#"["a:0"]"#,
            r#"{"a":0,"b":0}"#,
            r#"{"a":{"b":0}}"#,
            r#"{"a\"":0}"#,
            r#"{"a\\":0}"#,
            r#"{"a,b":0}"#,
            r#"["a,b"]"#,
            r#"["a","b"]"#,
            r#"["a\"","b"]"#,
            r#"["a","\"b"]"#,
            r#"[{"a":0},{"b":1}]"#,
            r#"[{"a":1},{"b":0}]"#,
            "340282366920938463463374607431768211455",
            "340282366920938463463374607431768211454",
            "9007199254740993",
            "9007199254740992",
        ];
        for (index, one) in all.iter().enumerate() {
            for other in &all[index + 1..] {
                assert!(!same(one, other), "{one} and {other}");
            }
        }
    }

    /// However deep it is: what a command holds as raw JSON may be.
    #[test]
    fn depth_costs_no_stack() {
        let deep = format!("{}{}", "[".repeat(1_000_000), "]".repeat(1_000_000));
        assert!(!same(&deep, "[]"));
    }

    #[test]
    fn what_is_not_json_is_no_panic() {
        for text in ["", "\"", "\"\\", "]", "}]", "[", "{\"a\"", "{\"a\":", "{{}:1}", "nul", "\\", "{[}"] {
            digest(text);
        }
    }

    /// It is stored, so it must stay.
    #[test]
    fn it_is_the_same_in_every_version() {
        let digest = digest(r#"{"account":"a","amount":5,"tags":["x","y"]}"#);
        assert_eq!(digest.to_string(), "20252190d39ca3605e60b7fb3baca84c");
    }
}
