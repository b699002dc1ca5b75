//! The values of a stage as texts, for what hands them on: `exec` and `export`.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use stage_config_core::manage::{ReadField, Reading, State};
use stage_config_core::{Error, FailureKind, Plan};
use zeroize::Zeroizing;

use crate::lines::Lines;
use crate::output;
use crate::problem::Problem;

/// What a stage has, and what it has not.
pub(crate) struct Values {
    pub(crate) held: Vec<Held>,
    pub(crate) left_out: Vec<LeftOut>,
}

/// A value. Its memory is wiped.
pub(crate) struct Held {
    pub(crate) path: String,
    pub(crate) secret: bool,
    pub(crate) text: Zeroizing<String>,
    /// The bytes are no text, and this is their base64.
    pub(crate) encoded: bool,
    /// It stands in the code: its source is `value:`.
    pub(crate) in_code: bool,
}

/// A field without a value, and why.
pub(crate) struct LeftOut {
    pub(crate) path: String,
    pub(crate) why: Why,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Why {
    /// The program's default applies, which is Rust and no value.
    Default,
    /// Optional, and nobody has it.
    Absent,
    /// A store of the program's own may have it.
    Unknown,
    /// It is missing, and whoever asked said that this may be.
    Missing,
    /// It stands in the code of an artifact, which may name any variable.
    InCode,
}

/// What of a reading is an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Need {
    /// Everything that a load would fail with.
    Complete,
    /// What could not be read. What the type does not take is handed on as it is.
    Readable,
    /// The same, but for what is missing.
    WhatThereIs,
}

impl Values {
    /// The values of a reading. A field for which `given` holds is none that could be missing.
    pub(crate) fn of(
        reading: &Reading,
        plan: &Plan,
        need: Need,
        given: impl Fn(&str) -> bool,
    ) -> Result<Self, Problem> {
        let error = reading.error(plan, |failure| {
            let tolerated = match failure.kind() {
                FailureKind::Undecodable => need != Need::Complete,
                FailureKind::Missing => need == Need::WhatThereIs,
                _ => false,
            };
            !tolerated && !given(failure.field())
        });
        if let Some(error) = error {
            return Err(refusal(&error));
        }
        let mut values = Self { held: Vec::new(), left_out: Vec::new() };
        for field in &reading.fields {
            match (held(field), &field.state) {
                (Some(held), _) => values.held.push(held),
                (None, state) => {
                    let why = match state {
                        State::Default(_) => Why::Default,
                        State::Unknown => Why::Unknown,
                        State::Failed(_) => Why::Missing,
                        State::Absent | State::Found(_) => Why::Absent,
                    };
                    values.left_out.push(LeftOut { path: field.path.clone(), why });
                }
            }
        }
        Ok(values)
    }

    /// Leaves out `value:` sources, unless `--prefix` or `--name` chose the variable. Otherwise the author of an artifact would choose a
    /// variable and its text for the person that runs `exec`.
    pub(crate) fn leave_out_code(&mut self, is_chosen: impl Fn(&str) -> bool) {
        let (out, held) = self.held.drain(..).partition(|held| held.in_code && !is_chosen(&held.path));
        self.held = held;
        let out: Vec<Held> = out;
        self.left_out.extend(out.into_iter().map(|held| LeftOut { path: held.path, why: Why::InCode }));
    }

    /// Says which fields [`leave_out_code`](Self::leave_out_code) left out.
    pub(crate) fn say_left_out_code(&self) {
        say(
            "note: left out, since they stand in the artifact's code; `--prefix` or `--name` gives them a variable",
            self.without(Why::InCode),
        );
    }

    /// Says which values are handed on in another form than they are stored in.
    pub(crate) fn say_encoded(&self) {
        let encoded = self.held.iter().filter(|held| held.encoded).map(|held| held.path.as_str());
        say("note: bytes that are no text are handed on in base64", encoded);
    }

    /// The fields that are left out for this reason.
    pub(crate) fn without(&self, why: Why) -> impl Iterator<Item = &str> {
        self.left_out.iter().filter(move |field| field.why == why).map(|field| field.path.as_str())
    }
}

/// `what: a, b`, where there is anything to say.
pub(crate) fn say<'a>(what: &str, names: impl Iterator<Item = &'a str>) {
    let names: Vec<&str> = names.collect();
    if !names.is_empty() {
        output::talk(&format!("{what}: {}", names.join(", ")));
    }
}

/// The text of a field, as an environment variable or a file would hold it for a program that reads it there.
pub(crate) fn held(field: &ReadField) -> Option<Held> {
    let State::Found(value) = &field.state else { return None };
    let bytes = value.bytes()?;
    let text = value.portable_text(field.value);
    Some(Held {
        path: field.path.clone(),
        secret: field.is_secret(),
        encoded: text.is_none(),
        text: text.unwrap_or_else(|| Zeroizing::new(STANDARD.encode(bytes))),
        in_code: value.source.starts_with("value:"),
    })
}

/// Known to be incomplete, or not known at all.
pub(crate) fn refusal(error: &Error) -> Problem {
    match error.failures().iter().any(|failure| !failure.kind().is_unanswered()) {
        true => Problem::refused(Lines::of_library(error)),
        false => Problem::unchecked(Lines::of_library(error)),
    }
}
