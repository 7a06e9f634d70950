//! The mistakes: patches of a program, with what the compiler says of each.

use std::{fs, mem, path::PathBuf};

use crate::{BoxError, Said, folder};

/// All mistakes.
pub struct Corpus {
    /// By kind.
    pub kinds: Vec<Kind>,
}

/// Mistakes of one kind, in one file.
pub struct Kind {
    /// What they have in common.
    pub name: String,
    /// The program they are made in.
    pub program: String,
    /// The mistakes.
    pub mistakes: Vec<Mistake>,
    path: PathBuf,
    /// What is written above the mistakes.
    head: String,
}

/// One mistake.
#[derive(Clone, Default)]
pub struct Mistake {
    /// What a newcomer did.
    pub name: String,
    /// What is replaced by what. Where nothing is replaced, it is added at the end.
    edits: Vec<(String, String)>,
    /// What the compiler says, as written down.
    pub said: Vec<String>,
}

impl Corpus {
    /// Reads every kind.
    pub fn read() -> Result<Self, BoxError> {
        let mut paths = Vec::new();
        for entry in fs::read_dir(folder().join("kinds"))? {
            paths.push(entry?.path());
        }
        paths.sort();
        Ok(Self { kinds: paths.into_iter().map(Kind::read).collect::<Result<_, _>>()? })
    }

    /// The mistakes whose name or kind contains one of the words.
    #[must_use]
    pub fn containing(mut self, words: &[&str]) -> Self {
        for kind in &mut self.kinds {
            let name = kind.name.clone();
            let wanted = |mistake: &Mistake| {
                words.iter().any(|word| mistake.name.contains(word) || name.contains(word))
            };
            kind.mistakes.retain(wanted);
        }
        self
    }

    /// Writes down what is said of each mistake, in the order of [`crate::try_all`].
    pub fn write(&mut self, said: Vec<Vec<Said>>) -> Result<(), BoxError> {
        let mut said = said.into_iter();
        for kind in &mut self.kinds {
            for (mistake, said) in kind.mistakes.iter_mut().zip(said.by_ref()) {
                mistake.said = said.iter().map(Said::line).collect();
            }
            fs::write(&kind.path, kind.to_text())?;
        }
        Ok(())
    }
}

impl Kind {
    fn read(path: PathBuf) -> Result<Self, BoxError> {
        let text = fs::read_to_string(&path)?;
        let name = path.file_stem().unwrap_or_default().to_string_lossy().replace('_', " ");
        let (head, mistakes) = text.split_once("\n== ").ok_or("a kind without mistakes")?;
        let base = head.lines().next().and_then(|line| line.strip_prefix("base: "));
        let base = base.ok_or_else(|| format!("{name}: the first line must be `base: ..`"))?;
        let program = fs::read_to_string(folder().join("bases").join(base))?;
        let mistakes = mistakes.split("\n== ").map(Mistake::read).collect::<Result<_, _>>()?;
        Ok(Self { name, program, mistakes, path, head: head.to_owned() })
    }

    fn to_text(&self) -> String {
        let mistakes: Vec<_> = self.mistakes.iter().map(Mistake::to_text).collect();
        format!("{}\n\n{}", self.head.trim_end(), mistakes.join("\n"))
    }
}

impl Mistake {
    /// Lines `- old` are replaced by the lines `+ new` that follow, up to an empty line; lines `> ..` are what the compiler
    /// says.
    fn read(text: &str) -> Result<Self, BoxError> {
        let mut lines = text.lines();
        let mut mistake = Self { name: lines.next().unwrap_or_default().to_owned(), ..Self::default() };
        let (mut old, mut new) = (Vec::new(), Vec::new());
        for line in lines {
            let (sign, rest) = line.split_at_checked(2).unwrap_or((line, ""));
            if sign.is_empty() || (sign == "- " && !new.is_empty()) {
                mistake.edits.extend(edit(&mut old, &mut new));
            }
            match sign {
                "" => {}
                "- " | "-" => old.push(rest),
                "+ " | "+" => new.push(rest),
                "> " => mistake.said.push(rest.to_owned()),
                _ => return Err(format!("{}: what is `{line}`?", mistake.name).into()),
            }
        }
        mistake.edits.extend(edit(&mut old, &mut new));
        Ok(mistake)
    }

    fn to_text(&self) -> String {
        let mut text = format!("== {}\n", self.name);
        for (number, (old, new)) in self.edits.iter().enumerate() {
            if number > 0 && old.is_empty() {
                text.push('\n');
            }
            add(&mut text, "-", old.lines());
            add(&mut text, "+", new.lines());
        }
        add(&mut text, ">", self.said.iter().map(String::as_str));
        text
    }

    /// The program with the mistake in it. What is replaced must be there once.
    pub fn make_in(&self, program: &str) -> Result<String, BoxError> {
        let mut made = program.to_owned();
        for (old, new) in &self.edits {
            if old.is_empty() {
                made = format!("{made}{new}\n");
                continue;
            }
            let found = made.matches(old).count();
            if found != 1 {
                return Err(format!("{}: `{old}` is there {found} times", self.name).into());
            }
            made = made.replace(old, new);
        }
        Ok(made)
    }
}

/// Adds the lines, each after its sign.
fn add<'a>(text: &mut String, sign: &str, lines: impl Iterator<Item = &'a str>) {
    for line in lines {
        text.push_str(format!("{sign} {line}").trim_end());
        text.push('\n');
    }
}

fn edit(old: &mut Vec<&str>, new: &mut Vec<&str>) -> Option<(String, String)> {
    let edit = (mem::take(old).join("\n"), mem::take(new).join("\n"));
    (!edit.0.is_empty() || !edit.1.is_empty()).then_some(edit)
}
