//! `cargo stage seal`: its arguments, and the code that its modes share. Each mode has its own
//! file.

mod import_vinz;
mod init;
mod rekey;
mod value;
mod verify;

use std::ffi::OsString;
use std::future::Future;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args};
use stage_config_core::sealed::{KmsClient, SealedError, StageKey};

use crate::args::PackageArguments;
use crate::error::CliError;
use crate::package::Package;
use crate::sealed_folder::{self, SealedFolder};
use crate::{identity, stage_name};

const STATUS: &str = "\
Exit status:
  0    success; with --verify: no problem was found
  1    refused or failed; with --verify: a problem was found
  2    wrong usage; with --verify: a file could not be checked
  130  interrupted; the last line says whether anything was changed";

const ABOUT: &str = "\
Encrypt a secret into a file that you commit with the code.

The command asks for the value without echo, or reads it from standard input. It writes \
sealed/STAGE/NAME, which `#[stage(STAGE = \"sealed:NAME\")]` embeds in the program. Sealing \
needs no AWS: it uses the public half of the stage's key pair in sealed/STAGE/stage.key. A KMS key \
wraps the private half in the same file, so reading needs `kms:Decrypt`.";

const EXAMPLES: &str = "\
Examples:
  # Once for each stage, with the KMS key; needs kms:Encrypt
  cargo stage seal --init --stage prod --kms-key alias/payments
  # Asks for the value without echo; needs no AWS
  cargo stage seal stripe_key --stage prod
  # A value of several lines
  cargo stage seal tls_key --stage prod < tls.pem
  # Needs kms:Decrypt; with --offline it needs no AWS
  cargo stage seal --verify --stage prod
  # A new key pair; needs kms:Encrypt and kms:Decrypt
  cargo stage seal --rekey --stage prod
  # Imports files of the npm package vinz
  cargo stage seal --import-vinz secrets/* --stage prod";

/// Encrypt a secret into a file that you commit with the code
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
#[command(group = ArgGroup::new("mode").args(["init", "verify", "rekey", "import_vinz"]))]
pub(crate) struct SealArguments {
    /// The name in the source `sealed:NAME`, which is also the name of the file sealed/STAGE/NAME
    // A shell completes it with the names of fields, because of this id.
    #[arg(id = "field", value_name = "NAME", required_unless_present = "mode")]
    #[arg(conflicts_with_all = ["init", "rekey", "import_vinz"])]
    pub(crate) name: Option<String>,

    /// A value that is passed as an argument by mistake. Clap accepts it, and the command refuses
    /// it, because an error of clap would print it.
    #[arg(hide = true)]
    pub(crate) surplus: Vec<OsString>,

    /// The stage of the value
    #[arg(long)]
    pub(crate) stage: String,

    /// Replace an existing sealed value
    #[arg(long, conflicts_with_all = ["init", "verify", "rekey"])]
    pub(crate) overwrite: bool,

    /// Remove the newline at the end of piped input
    #[arg(long, conflicts_with = "mode")]
    pub(crate) trim: bool,

    /// Create the stage's key pair, sealed/STAGE/stage.key
    #[arg(long)]
    pub(crate) init: bool,

    /// Check the stage's files, or only the file NAME, and print a table
    #[arg(long)]
    pub(crate) verify: bool,

    /// Create a new key pair and reseal all values; if a step fails, change nothing
    #[arg(long)]
    pub(crate) rekey: bool,

    /// Seal the values of files that the npm package vinz encrypted, under the files' names
    #[arg(long, value_name = "FILE", num_args = 1..)]
    pub(crate) import_vinz: Vec<PathBuf>,

    /// The KMS key that wraps the private half of the stage's key pair: an ARN, an id, or an alias
    /// such as alias/payments
    ///
    /// Default: `kms_key` in [package.metadata.stage.STAGE] or [workspace.metadata.stage.STAGE] of
    /// Cargo.toml, where STAGE may be a pattern such as "pr-*". If it is not set, --rekey
    /// keeps the current KMS key.
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new(), conflicts_with_all = ["field", "verify", "import_vinz"])]
    pub(crate) kms_key: Option<String>,

    /// Run only the checks that need no AWS
    #[arg(long, requires = "verify")]
    pub(crate) offline: bool,

    #[command(flatten)]
    pub(crate) package: PackageArguments,
}

/// The time limit for KMS, and for loading the credentials. Without a network, the SDK would wait
/// for minutes.
const KMS_TIMEOUT: Duration = Duration::from_secs(30);

/// The inputs of every mode.
struct SealContext {
    package: Package,
    folder: SealedFolder,
}

impl SealContext {
    fn stage(&self) -> &str {
        self.folder.stage()
    }

    /// Returns the stage's key, or the error for a stage without one.
    fn require_key(&self) -> Result<StageKey, CliError> {
        self.folder.require_key(&self.package)
    }

    /// Connects to KMS with the identity of the stage.
    async fn connect_kms(&self) -> Result<KmsClient, CliError> {
        let settings = self.package.stage_settings(self.stage());
        let place = format!("the stage `{}`", self.stage());
        match tokio::time::timeout(KMS_TIMEOUT, identity::connect(&place, &settings, false)).await {
            Ok(access) => access.map(|access| access.kms_client()),
            Err(_) => Err(no_answer_error("KMS")),
        }
    }

    /// Returns the KMS key from the argument, else from the settings, or `None` if neither names
    /// one.
    fn named_kms_key(&self, arguments: &SealArguments) -> Option<String> {
        arguments
            .kms_key
            .clone()
            .or_else(|| self.package.stage_settings(self.stage()).kms_key)
    }
}

/// Runs the selected mode.
pub(crate) async fn run(arguments: SealArguments) -> Result<ExitCode, CliError> {
    if !arguments.surplus.is_empty() {
        return Err(sealed_folder::value_argument_error());
    }
    stage_name::check_name(&arguments.stage)?;
    if let Some(name) = &arguments.name {
        sealed_folder::check_name(name).map_err(|error| error.for_stage(&arguments.stage))?;
    }
    let package = Package::find(&arguments.package)?;
    let context = SealContext {
        folder: SealedFolder::new(&package, &arguments.stage),
        package,
    };
    match &arguments.name {
        _ if arguments.verify => return verify::run(&context, &arguments).await,
        _ if arguments.init => init::run(&context, &arguments).await?,
        _ if arguments.rekey => rekey::run(&context, &arguments).await?,
        Some(name) => value::run(&context, name, &arguments).await?,
        // clap requires a field if no mode is given.
        None => import_vinz::run(&context, &arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Waits for an answer of KMS. `subject` is the subject of an error.
async fn await_kms<T>(
    subject: &str,
    answer: impl Future<Output = Result<T, SealedError>>,
) -> Result<T, CliError> {
    match tokio::time::timeout(KMS_TIMEOUT, answer).await {
        Ok(answer) => answer.map_err(|error| CliError::from_sealed(subject, &error)),
        Err(_) => Err(no_answer_error(subject)),
    }
}

fn no_answer_error(subject: &str) -> CliError {
    CliError::undetermined(format!(
        "{subject}: KMS did not answer within {} s",
        KMS_TIMEOUT.as_secs()
    ))
    .with_help("check the network, AWS_REGION and the credentials")
}
