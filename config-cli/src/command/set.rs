//! `cargo stage set`: one value of one stage, written where its source says.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use stage_config_core::manage::{NewValue, UnverifiedPart};

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::destination::{Destination, WriteOptions};
use crate::error::CliError;
use crate::progress::wait_with_progress;
use crate::session::Session;
use crate::{input, output, sealed_folder};

const ABOUT: &str = "\
Write one value of one stage, where the field's source says: a parameter, a secret, one key of a JSON secret whose other keys \
stay, or a sealed file. Of a chain of sources the first is written.

The value is typed, without being shown, or read from standard input; never an argument. It is checked before anything is \
written: a value that the field would not take is refused. A secret becomes a SecureString, under the stage's KMS key, and so \
does a value whose type may hold a secret; whatever is there already is left alone without --overwrite, and keeps its type.";

const EXAMPLES: &str = "\
Examples:
  # Asks for the value, typing hidden
  cargo stage set stripe_key --stage prod
  # What is there is replaced
  pbpaste | cargo stage set stripe_key --stage prod --trim --overwrite
  # A value of several lines
  cargo stage set tls_key --stage prod < tls.pem";

const STATUS: &str = "\
Exit status:
  0    written
  1    refused or failed, and nothing was written unless it is said
  2    wrong usage, or something could not be looked at
  130  interrupted";

/// Write one value
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct SetArguments {
    /// The field; of a nested struct as mail.password
    pub(crate) field: String,

    /// Taken so that a value written here by mistake is refused without being repeated: clap's message would show it
    #[arg(hide = true)]
    pub(crate) surplus: Vec<OsString>,

    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Replace a value that is there
    #[arg(long)]
    pub(crate) overwrite: bool,

    /// Drop the line end with which piped input ends
    #[arg(long)]
    pub(crate) trim: bool,

    /// The KMS key that encrypts it: an ARN, an id or an alias, as alias/payments
    ///
    /// Without it: `kms_key` of [package.metadata.stage.STAGE] in Cargo.toml, else the key that a parameter has already, else
    /// AWS's own. A secret of Secrets Manager that is there keeps its key.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) kms_key: Option<String>,

    /// Write a parameter of more than 4 KB, in the advanced tier: it costs money, and there is no way back
    #[arg(long)]
    pub(crate) advanced: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

pub(crate) async fn run(arguments: SetArguments) -> Result<ExitCode, CliError> {
    let SetArguments { field: path, stage, .. } = &arguments;
    // Whoever writes `name=value` must not see the value again in an error.
    if !arguments.surplus.is_empty() || path.contains('=') {
        return Err(sealed_folder::value_argument_error());
    }
    let session = Session::open(&arguments.artifact)?;
    let stage = session.plan_field(stage, &arguments.identity, path)?;
    let field = stage.find_field(path)?;
    let destination = Destination::new(&session, &stage, field)?;
    for note in destination.chain_note().into_iter().chain(destination.shared_note()) {
        output::eprint_line(&format!("note: {note}"));
    }
    let options = WriteOptions {
        overwrite: arguments.overwrite,
        kms_key: arguments.kms_key.clone(),
        advanced: arguments.advanced,
    };
    // Before anybody types a value for nothing.
    let access = destination.connect().await?;
    let current =
        wait_with_progress("looking at what is there", destination.inspect_for_write(access.as_ref())).await?;
    if let Some(existing) = current.existing.filter(|_| !options.overwrite) {
        return Err(destination.exists_error(&existing));
    }
    if let Some(note) = current.note {
        output::eprint_line(&format!("note: {note}"));
    }
    let value = NewValue::from_input(&input::read_value(path, stage.name(), arguments.trim).await?);
    let open = destination.check(&value)?;
    let written = wait_with_progress("writing", destination.write(access.as_ref(), &value, &options)).await?;

    let version = written.version.map(|version| format!(": version {version}")).unwrap_or_default();
    output::eprint_line(&format!(
        "`{path}` of the stage `{}` is written to {}{version}",
        stage.name(),
        destination.source_text()
    ));
    let open = open.iter().filter_map(describe_unverified).map(str::to_owned);
    for note in written.notes.into_iter().chain(open) {
        output::eprint_line(&format!("note: {note}"));
    }
    Ok(ExitCode::SUCCESS)
}

/// What of a value only the program can tell.
fn describe_unverified(open: &UnverifiedPart) -> Option<&'static str> {
    Some(match open {
        UnverifiedPart::Type => "whether its type takes the value, only the program can tell, by `Loader::check`",
        UnverifiedPart::JsonContent => {
            "whether its type takes what is in the JSON, only the program can tell, by `Loader::check`"
        }
        UnverifiedPart::With => "whether `with` takes the value, only the program can tell, by `Loader::check`",
        UnverifiedPart::Validate => "whether `validate` takes the value, only the program can tell, by `Loader::check`",
        UnverifiedPart::ExistsOnly => return None,
    })
}
