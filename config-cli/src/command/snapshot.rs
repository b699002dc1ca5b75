//! `cargo stage snapshot`: seals the values of a stage into one file, which the program uses if a
//! store does not answer in time.

mod placeholder;
mod verify;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::sealed::{KEY_FILE, StageKey};
use stage_config_grammar::snapshot;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::package::Package;
use crate::sealed_folder::SealedFolder;
use crate::session::{Session, StageSession};
use crate::stage_name;

const ABOUT: &str = "\
Seal the values of a stage into one file, which the program uses if a store does not answer in time.

The struct states the file's path: `#[config(snapshot = \"sealed/{stage}.snapshot\")]`. The \
stage's key pair seals the file. You commit it, and the next build embeds it. It contains the \
values of Parameter Store, Secrets Manager and AppConfig, without those of fields with `refresh` \
(unless the struct has `snapshot_refreshed`). It does not contain the values that only the program \
can read: those of variables and of its own stores. An incomplete stage gets no snapshot.

Reading needs the program's permissions; sealing needs none.";

const STATUS: &str = "\
Exit status:
  0    success; with --verify: a program can use the snapshot
  1    refused or failed; with --verify: a problem was found
  2    wrong usage, or something could not be read
  130  interrupted; the last line says whether anything was changed";

const EXAMPLES: &str = "\
Examples:
  # Before the first build: writes a placeholder; needs no build, no AWS and no key pair
  cargo stage snapshot --empty --stage prod
  # Reads the stage and writes the file
  cargo stage snapshot --stage prod
  # Checks that a program can use the file; needs kms:Decrypt, and with --offline no AWS
  cargo stage snapshot --verify --stage prod";

/// Seal the values of a stage into a file that its program may use at its start
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct SnapshotArguments {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Write the placeholder that a build needs before the first snapshot
    #[arg(long, conflicts_with = "verify")]
    pub(crate) empty: bool,

    /// Check the existing file
    #[arg(long)]
    pub(crate) verify: bool,

    /// Run only the checks that need no AWS
    #[arg(long, requires = "verify")]
    pub(crate) offline: bool,

    /// The placeholder's path relative to the package's folder, if the struct has another path than
    /// sealed/STAGE.snapshot
    #[arg(long, value_name = "PATH", requires = "empty")]
    pub(crate) file: Option<String>,

    /// With --empty, replace any existing file. Without --empty, replace even a file that is
    /// neither a snapshot nor a placeholder
    #[arg(long, conflicts_with = "verify")]
    pub(crate) overwrite: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// A stage and the location of its snapshot.
struct SnapshotContext<'a> {
    session: &'a Session,
    stage: StageSession,
    /// The path relative to the package's folder.
    display_path: String,
}

impl<'a> SnapshotContext<'a> {
    fn new(session: &'a Session, arguments: &SnapshotArguments) -> Result<Self, CliError> {
        let stage = session.plan_stage(&arguments.stage, &arguments.identity)?;
        stage_config_core::manage::check_snapshot(&stage.plan)?;
        let template = session
            .schema
            .snapshot
            .map_or(snapshot::DEFAULT_PATH, |snapshot| snapshot.path);
        let display_path = snapshot::resolve_path(template, stage.name());
        Ok(Self {
            session,
            stage,
            display_path,
        })
    }

    fn package(&self) -> Result<&'a Package, CliError> {
        self.session.package.as_ref().ok_or_else(|| {
            CliError::failed(format!(
                "{} is in the package's folder, but no Cargo.toml was found",
                self.display_path
            ))
            .with_help("run the command in the package, or pass --manifest-path path/to/Cargo.toml")
        })
    }

    fn folder(&self) -> Result<SealedFolder, CliError> {
        Ok(SealedFolder::new(self.package()?, self.stage.name()))
    }

    fn path(&self) -> Result<PathBuf, CliError> {
        Ok(self.package()?.folder.join(&self.display_path))
    }

    /// Returns the stage's key pair, which must belong to the app that the struct names.
    fn read_key(&self) -> Result<StageKey, CliError> {
        let folder = self.folder()?;
        let stage = self.stage.name();
        let text = folder.read(KEY_FILE)?.ok_or_else(|| match self.package() {
            Ok(package) => stage_name::no_key_error(package, stage),
            Err(problem) => problem,
        })?;
        let key = StageKey::parse(&text)
            .and_then(|key| key.verify(self.session.schema.app, stage).map(|()| key));
        key.map_err(|error| CliError::from_sealed(&folder.display_path(KEY_FILE), &error))
    }
}

pub(crate) async fn run(arguments: SnapshotArguments) -> Result<ExitCode, CliError> {
    stage_name::check_name(&arguments.stage)?;
    if arguments.empty {
        return placeholder::run(&arguments).await;
    }
    let session = Session::open(&arguments.artifact)?;
    let context = SnapshotContext::new(&session, &arguments)?;
    if arguments.verify {
        verify::run(&context, arguments.offline).await
    } else {
        write::run(&context, arguments.overwrite).await
    }
}
