//! `cargo stage set FIELD --generate`: draws a random value, which is not shown.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, ValueEnum, value_parser};
use stage_config_core::manage::NewValue;
use stage_config_core::schema::{Kind, Secrecy, TextFormat};
use stage_config_core::{Help, PlannedField};
use zeroize::Zeroizing;

use super::alphabet::Alphabet;
use crate::error::CliError;
use crate::session::StageSession;
use crate::{invocation, output};

/// The smallest `--length`: 64 bits in hexadecimal digits.
const MIN_LENGTH: u16 = 16;

/// The largest `--length`. A text of this length fits a parameter of the standard tier.
const MAX_LENGTH: u16 = 4096;

/// The length of a value without `--length`: 190 bits as letters and digits, 256 bits as bytes.
const DEFAULT_LENGTH: u16 = 32;

/// The options for a generated value.
#[derive(Debug, Args)]
pub(super) struct GenerateArguments {
    /// Write a random value, which is never shown
    #[arg(long, conflicts_with_all = ["missing", "trim"])]
    generate: bool,

    /// The number of random characters, or of random bytes, from 16 to 4096
    ///
    /// Default: 32, or the length of the field's array.
    #[arg(
        long,
        value_name = "N",
        requires = "generate",
        value_parser = value_parser!(u16).range(i64::from(MIN_LENGTH)..=i64::from(MAX_LENGTH))
    )]
    length: Option<u16>,

    /// The characters of a random text
    #[arg(long, value_name = "NAME", requires = "generate")]
    alphabet: Option<Alphabet>,
}

impl GenerateArguments {
    /// Returns what to generate for the field, or `None` without `--generate`.
    ///
    /// # Errors
    ///
    /// Returns an error if no random value fits the field's type, or if the options do not fit the
    /// type.
    pub(super) fn plan<'a>(
        &self,
        field: &'a PlannedField,
        stage: &'a StageSession,
    ) -> Result<Option<Generator<'a>>, CliError> {
        if !self.generate {
            return Ok(None);
        }
        let form = self.choose_form(field, stage)?;
        Ok(Some(Generator { field, stage, form }))
    }

    fn choose_form(
        &self,
        field: &PlannedField,
        stage: &StageSession,
    ) -> Result<RandomForm, CliError> {
        let spec = field.spec();
        let refuse = |reason: &str, help: Help| {
            let (path, type_name) = (field.path(), spec.type_name);
            let message = format!("`{path}` ({type_name}) {reason}. Nothing was written");
            Err(CliError::failed(message).with_help(help))
        };
        let by_hand = set_by_hand(field, stage);
        if spec.with || is_text(spec.shape.kind) {
            return Ok(RandomForm::Text {
                alphabet: self.alphabet.unwrap_or_default(),
                length: self.length.unwrap_or(DEFAULT_LENGTH),
            });
        }

        let Kind::Bytes { length: array } = spec.shape.kind else {
            return refuse(
                "is neither a text nor bytes, so no random value fits it",
                by_hand,
            );
        };
        if self.alphabet.is_some() {
            let reason = "takes bytes, which are written as base64";
            return refuse(reason, "remove `--alphabet`".into());
        }
        let length = match array.map(u16::try_from) {
            None => self.length.unwrap_or(DEFAULT_LENGTH),
            Some(Ok(length @ 1..=MAX_LENGTH)) => length,
            Some(_) => {
                let reason = format!("is not an array of 1 to {MAX_LENGTH} bytes");
                return refuse(&reason, by_hand);
            }
        };
        if self.length.is_some_and(|given| given != length) {
            let reason = format!("takes exactly {length} bytes");
            return refuse(&reason, "remove `--length`".into());
        }
        Ok(RandomForm::Bytes { length })
    }
}

/// Returns true if the field takes a text unchanged, or if the program's own code reads the text.
fn is_text(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::String | Kind::Format(TextFormat::FromStr) | Kind::Other
    )
}

fn set_by_hand(field: &PlannedField, stage: &StageSession) -> Help {
    let set = stage.field_command("set", field.path());
    Help::run_to("type the value, or pipe it in", set)
}

/// Draws the random value of a field.
pub(super) struct Generator<'a> {
    field: &'a PlannedField,
    stage: &'a StageSession,
    form: RandomForm,
}

/// The form of a random value.
enum RandomForm {
    Text {
        alphabet: Alphabet,
        length: u16,
    },
    /// Bytes, which are stored as base64.
    Bytes {
        length: u16,
    },
}

impl Generator<'_> {
    /// Draws a value from the random numbers of the operating system.
    pub(super) fn draw(&self) -> Result<Zeroizing<Vec<u8>>, CliError> {
        let drawn = match self.form {
            RandomForm::Text { alphabet, length } => alphabet.draw_text(length, getrandom::fill),
            RandomForm::Bytes { length } => draw_base64(length),
        };
        drawn.map_err(|error| {
            CliError::failed(format!(
                "the operating system returned no random bytes: {error}. Nothing was written"
            ))
            .with_help(set_by_hand(self.field, self.stage))
        })
    }

    /// Adds a help to the error of a refused random text. The help names the first alphabet whose
    /// random text is accepted, if there is one.
    pub(super) fn suggest_alphabet(
        &self,
        refusal: CliError,
        is_accepted: impl Fn(&NewValue) -> bool,
    ) -> CliError {
        let RandomForm::Text { length, .. } = self.form else {
            return refusal;
        };
        let fits = |alphabet: &&Alphabet| {
            let text = alphabet.draw_text(length, getrandom::fill);
            text.is_ok_and(|text| is_accepted(&NewValue::from_input(&text)))
        };
        let fitting = Alphabet::value_variants().iter().find(fits);
        match fitting.and_then(ValueEnum::to_possible_value) {
            Some(alphabet) => {
                refusal.with_help(format!("pass `--alphabet {}`", alphabet.get_name()))
            }
            None => refusal,
        }
    }

    /// Prints a note if the field is not secret, because a new parameter is then not encrypted.
    pub(super) fn print_secrecy_note(&self) {
        if self.field.secrecy() == Secrecy::No {
            output::eprint_line(&format!(
                "note: `{}` ({}) is not secret, so a new parameter is not encrypted; for a \
                 secret, change the type, or write `#[config(secret)]`",
                self.field.path(),
                self.field.spec().type_name
            ));
        }
    }

    /// Prints the size of the written value, and how to read it. `has_older_version` is whether the
    /// value has replaced a value that a rollback can restore.
    pub(super) fn print_result(&self, has_older_version: bool) {
        let print_step = |purpose: &str, verb: &str| {
            let command = self.stage.field_command(verb, self.field.path());
            let step = invocation::format_step(purpose, &command);
            output::eprint_line(&format!("note: {step}"));
        };
        print_step(&format!("{}; to read it", self.form.describe()), "get");
        if has_older_version {
            print_step("to restore the previous value", "rollback");
        }
    }
}

impl RandomForm {
    fn describe(&self) -> String {
        match *self {
            Self::Text { alphabet, length } => {
                let bits = alphabet.count_bits(length);
                format!("the value has {length} random characters (about {bits} bits)")
            }
            Self::Bytes { length } => {
                let bits = u32::from(length) * 8;
                format!("the value has {length} random bytes ({bits} bits), stored as base64")
            }
        }
    }
}

/// Draws bytes and encodes them. Both buffers are allocated at their final size, and wiped.
fn draw_base64(length: u16) -> Result<Zeroizing<Vec<u8>>, getrandom::Error> {
    let mut bytes = Zeroizing::new(vec![0; length.into()]);
    getrandom::fill(&mut bytes)?;
    Ok(Zeroizing::new(STANDARD.encode(&*bytes).into_bytes()))
}
