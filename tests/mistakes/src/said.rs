//! What the compiler says: one error.

use serde_json::Value;

use crate::compiler::PROGRAM;

/// One error of the compiler.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The user's own tokens that it is shown at.
    pub place: String,
    /// Its first line.
    pub message: String,
    /// As a terminal shows it.
    pub rendered: String,
}

impl Said {
    /// The errors among what the compiler printed, without its own summary.
    pub fn read(printed: &str, program: &str) -> Vec<Self> {
        let messages = printed.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
        let errors = messages.filter(|message| message["level"] == "error");
        errors
            .filter(|error| {
                !error["message"].as_str().is_some_and(|text| text.starts_with("aborting due to"))
            })
            .map(|error| Self::of(&error, program))
            .collect()
    }

    fn of(error: &Value, program: &str) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            place: place(error, program),
            message: text(&error["message"]).lines().next().unwrap_or_default().to_owned(),
            rendered: text(&error["rendered"]),
        }
    }

    /// As it is written down beside the mistake.
    pub fn line(&self) -> String {
        format!("{} | {}", self.place, self.message)
    }
}

/// Where the compiler shows a place in a macro of the library: where the user called it.
fn in_the_program(mut span: &Value) -> Option<&Value> {
    while !span["file_name"].as_str()?.contains(PROGRAM) {
        span = &span["expansion"]["span"];
    }
    Some(span)
}

/// The tokens under the carets, as far as they are in one line.
fn place(error: &Value, program: &str) -> String {
    let spans = error["spans"].as_array().map(Vec::as_slice).unwrap_or_default();
    let Some(primary) = spans.iter().find(|span| span["is_primary"] == true) else {
        return "nowhere".to_owned();
    };
    let Some(span) = in_the_program(primary) else { return "elsewhere".to_owned() };
    let number = |key: &str| usize::try_from(span[key].as_u64().unwrap_or_default()).unwrap_or_default();
    let (start, end) = (number("byte_start"), number("byte_end"));
    let tokens = program.get(start..end).unwrap_or_default();
    match tokens.split_once('\n') {
        _ if tokens.is_empty() => "between tokens".to_owned(),
        Some((first, _)) => format!("{} ..", first.trim_end()),
        None => tokens.to_owned(),
    }
}
