//! `cargo stage set`: writes one value of one stage, or each missing value, to its source.

mod alphabet;
mod field_writer;
mod generate;
mod missing;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::NewValue;

use crate::args::{ArtifactArguments, FieldArguments, IdentityArguments};
use crate::destination::WriteOptions;
use crate::error::CliError;
use crate::session::{Connections, Session, StageSession};
use crate::{input, output, sealed_folder};
use field_writer::{FieldWriter, Inspection};
use generate::GenerateArguments;

const ABOUT: &str = "\
Write one value of one stage to the field's source: a parameter, a secret, one key of a JSON \
parameter or secret (its other keys stay), or a sealed file. For a chain of sources, the first \
source is written.

The command asks for the value (a secret is not echoed), or reads it from standard input; a value \
is never an argument. It refuses a value that the field's type cannot decode, before it writes \
anything. A secret, or a value whose type may hold a secret, becomes a SecureString under the \
stage's KMS key. An existing value is replaced only with --overwrite, and keeps its type.

--missing asks at the terminal for each required value that the stage does not have, in the order \
of the fields. An empty answer skips a value, and a value that does not fit its field is asked for \
again. Each value is written before the next one is asked for. A field whose state could not be \
read is not asked for.

--generate writes random characters for a field of text, and random bytes in base64 for a field of \
bytes. They come from the operating system and are never shown; `cargo stage get` prints the value. \
--generate writes one field, and cannot be used with --missing, because only you know which missing \
values may be random.";

const EXAMPLES: &str = "\
Examples:
  # Asks for the value without echo
  cargo stage set stripe_key --stage prod
  # Replaces the existing value
  pbpaste | cargo stage set stripe_key --stage prod --trim --overwrite
  # A value of several lines
  cargo stage set tls_key --stage prod < tls.pem
  # Replaces a secret with a new random one
  cargo stage set session_key --stage prod --generate --overwrite
  # Asks for every missing value
  cargo stage set --missing --stage prod";

const STATUS: &str = "\
Exit status:
  0    written; with --missing: every missing value was written, or none was missing
  1    refused or failed; if something was written, the output says what; with --missing: a value
       is still missing
  2    wrong usage, or something could not be read
  130  interrupted";

/// Write one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct SetArguments {
    /// The field; in a nested struct: mail.password
    #[arg(required_unless_present = "missing")]
    pub(crate) field: Option<String>,

    /// If the field reads a path: the name of one parameter, relative to the path
    pub(crate) key: Option<OsString>,

    /// Accepts a value that is passed as an argument by mistake. The command itself refuses it,
    /// because clap would print it.
    #[arg(hide = true)]
    pub(crate) surplus: Vec<OsString>,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Ask at the terminal for each missing value of the stage
    #[arg(long, conflicts_with_all = ["field", "key", "overwrite", "trim"])]
    pub(crate) missing: bool,

    /// Replace an existing value
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Remove the newline at the end of piped input
    #[arg(long)]
    pub(crate) trim: bool,

    #[command(flatten)]
    generate: GenerateArguments,

    /// The KMS key that encrypts the value: an ARN, an id, or an alias such as alias/payments
    ///
    /// Default: `kms_key` in [package.metadata.stage.STAGE] of Cargo.toml, else the current key of
    /// the parameter, else the AWS managed key. An existing secret of Secrets Manager keeps its
    /// key.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) kms_key: Option<String>,

    /// Write a parameter of more than 4 KB in the advanced tier; it costs money and cannot be
    /// undone
    #[arg(long)]
    pub(crate) advanced: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

impl SetArguments {
    /// Returns the field and, if the field reads a path, the key, as the prompt for the value shows
    /// them.
    fn describe_field(&self, path: &str) -> String {
        match &self.key {
            Some(key) => format!("{path} {}", key.display()),
            None => path.to_owned(),
        }
    }

    fn write_options(&self) -> WriteOptions {
        WriteOptions {
            overwrite: self.overwrite,
            kms_key: self.kms_key.clone(),
            advanced: self.advanced,
        }
    }
}

pub(crate) async fn run(arguments: SetArguments) -> Result<ExitCode, CliError> {
    let path = match &arguments.field {
        // A user who writes `name=value` must not see the value again in an error.
        Some(path) if !arguments.surplus.is_empty() || path.contains('=') => {
            return Err(sealed_folder::value_argument_error());
        }
        Some(path) => path,
        None => return missing::run(&arguments).await,
    };
    let session = Session::open(&arguments.artifact)?;
    let stage = plan_written(&session, &arguments, path)?;
    let field = stage.find_field(path)?;
    let options = arguments.write_options();
    let writer = FieldWriter::new(&session, &stage, field)?;
    let generator = arguments.generate.plan(field, &stage)?;
    writer.print_notes();
    if let Some(generator) = &generator {
        generator.print_secrecy_note();
    }

    // Connect before the user types a value, so that an error comes first.
    let mut connections = Connections::default();
    let Inspection { aws, state } = writer.connect_and_inspect(&mut connections).await?;
    let current = state?;
    let existing = current.existing.as_ref();
    let is_replaced = existing.is_some();
    let has_older_version = existing.is_some_and(|existing| existing.version.is_some());
    writer
        .destination()
        .check_overwrite(current.existing, &options)?;
    if let Some(note) = current.note {
        output::eprint_line(&format!("note: {note}"));
    }

    let content = match &generator {
        Some(generator) => generator.draw()?,
        None => {
            let name = arguments.describe_field(path);
            input::read_value(&name, stage.name(), arguments.trim, writer.typing()).await?
        }
    };
    let value = NewValue::from_input(&content);
    let check = |value: &NewValue| writer.check(value);
    let unverified = check(&value).map_err(|refusal| match &generator {
        Some(generator) => generator.suggest_alphabet(refusal, |other| check(other).is_ok()),
        None => refusal,
    })?;
    writer
        .write(aws.as_ref(), &value, &unverified, &options)
        .await?;
    if let Some(generator) = &generator {
        generator.print_result(has_older_version);
    }
    if let Some(note) = writer.destination().who_note().filter(|_| is_replaced) {
        output::eprint_line(&format!("note: {note}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// Plans the field. If the field reads a path, the argument of the command line after the field is
/// the key. For any other field, this argument is a value in the wrong place, which no message
/// repeats.
fn plan_written(
    session: &Session,
    arguments: &SetArguments,
    path: &str,
) -> Result<StageSession, CliError> {
    let plan = |key: Option<&str>| {
        let field = FieldArguments {
            field: path.to_owned(),
            key: key.map(str::to_owned),
        };
        session.plan_field(&arguments.stage, &arguments.identity, &field)
    };
    let stage = plan(None)?;
    let Some(key) = &arguments.key else {
        return Ok(stage);
    };
    match key.to_str() {
        Some(key) if stage.find_field(path)?.reads_path() => plan(Some(key)),
        _ => Err(sealed_folder::value_argument_error()),
    }
}
