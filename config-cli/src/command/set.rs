//! `cargo stage set`: writes one value of one stage to its source.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::NewValue;
use stage_config_core::schema::Secrecy;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::destination::{Destination, WriteOptions};
use crate::error::CliError;
use crate::input::{self, Typing};
use crate::progress::wait_with_progress;
use crate::session::Session;
use crate::{output, redact, sealed_folder};

const ABOUT: &str = "\
Write one value of one stage to the field's source: a parameter, a secret, one key of a JSON \
parameter or secret (its other keys stay), or a sealed file. For a chain of sources, the first \
source is written.

The command asks for the value, a secret without echo, or reads it from standard input; a value is never an \
argument. It refuses a value that the field's type cannot decode, before it writes anything. A \
secret, or a value whose type may hold a secret, becomes a SecureString under the stage's KMS key. \
An existing value is replaced only with --overwrite, and keeps its type.";

const EXAMPLES: &str = "\
Examples:
  # Asks for the value without echo
  cargo stage set stripe_key --stage prod
  # Replaces the existing value
  pbpaste | cargo stage set stripe_key --stage prod --trim --overwrite
  # A value of several lines
  cargo stage set tls_key --stage prod < tls.pem";

const STATUS: &str = "\
Exit status:
  0    written
  1    refused or failed; nothing was written unless the output says so
  2    wrong usage, or something could not be read
  130  interrupted";

/// Write one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct SetArguments {
    /// The field; in a nested struct: mail.password
    pub(crate) field: String,

    /// Accepts a value that is passed as an argument by mistake. The command itself refuses it,
    /// because clap would print it.
    #[arg(hide = true)]
    pub(crate) surplus: Vec<OsString>,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Replace an existing value
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Remove the newline at the end of piped input
    #[arg(long)]
    pub(crate) trim: bool,

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

pub(crate) async fn run(arguments: SetArguments) -> Result<ExitCode, CliError> {
    let SetArguments {
        field: path, stage, ..
    } = &arguments;
    // A user who writes `name=value` must not see the value again in an error.
    if !arguments.surplus.is_empty() || path.contains('=') {
        return Err(sealed_folder::value_argument_error());
    }

    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(stage, &arguments.identity, path)?;
    let field = stage.find_field(path)?;
    let destination = Destination::new(&session, &stage, field)?;
    for note in destination
        .chain_note()
        .into_iter()
        .chain(destination.shared_note())
    {
        output::eprint_line(&format!("note: {note}"));
    }

    let options = WriteOptions {
        overwrite: arguments.overwrite,
        kms_key: arguments.kms_key.clone(),
        advanced: arguments.advanced,
    };
    // Connect before the user types a value, so that an error comes first.
    let inspection = async {
        let access = destination.connect().await?;
        let current = destination.inspect_for_write(access.as_ref()).await?;
        Ok::<_, CliError>((access, current))
    };
    let (access, current) = wait_with_progress("inspecting the current value", inspection).await?;
    destination.check_overwrite(current.existing, &options)?;
    if let Some(note) = current.note {
        output::eprint_line(&format!("note: {note}"));
    }

    let typing = Typing {
        is_hidden: field.secrecy() != Secrecy::No,
        is_trimmed: !field.spec().with && field.spec().shape.kind.is_trimmed(),
    };
    let typed = input::read_value(path, stage.name(), arguments.trim, typing).await?;
    let value = NewValue::from_input(&typed);
    let unverified = destination.check(&value)?;
    let written = wait_with_progress(
        "writing",
        destination.write(access.as_ref(), &value, &options),
    )
    .await?;

    let version = written
        .version
        .map(|version| format!(": version {version}"))
        .unwrap_or_default();
    output::eprint_line(&format!(
        "`{path}` of the stage `{}` is written to {}{version}",
        stage.name(),
        destination.source_text()
    ));
    let unverified = unverified
        .into_iter()
        .map(|part| redact::describe_unverified(part, field.spec().type_name));
    let unverified = unverified
        .map(|part| format!("{part}: only the program can verify this, with `Loader::check`"));
    for note in written.notes.into_iter().chain(unverified) {
        output::eprint_line(&format!("note: {note}"));
    }
    Ok(ExitCode::SUCCESS)
}
