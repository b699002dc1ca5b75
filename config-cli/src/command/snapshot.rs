//! `cargo stage snapshot`: all values of a stage, sealed into one file that a program may start from.

mod empty;
mod verify;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::sealed::{KEY_FILE, StageKey};
use stage_config_grammar::snapshot;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::folder::Folder;
use crate::package::Package;
use crate::problem::Problem;
use crate::session::{OneStage, Session};
use crate::stage;

const ABOUT: &str = "\
Seal the values of a stage into one file, from which its program starts when no store answers in time.

The struct says where the file is: `#[config(snapshot = \"sealed/{stage}.snapshot\")]`. It is sealed with the stage's key pair, \
committed, and embedded by the next build. It holds what Parameter Store and Secrets Manager have, but for fields with `refresh` \
(unless the struct says `snapshot_refreshed`). What only the program itself can read is not in it: variables, and stores of its \
own. A stage that is not complete has no snapshot.

Reading takes the rights that the program has; sealing takes none.";

const STATUS: &str = "\
Exit status:
  0    done; with --verify: a program would start from it
  1    refused or failed; with --verify: something is wrong
  2    wrong usage, or something could not be looked at
  130  interrupted, and nothing was changed";

const EXAMPLES: &str = "\
Examples:
  # Before the first build: a placeholder, which needs neither a build nor AWS nor a key pair
  cargo stage snapshot --empty --stage prod
  # Reads the stage, and writes the file
  cargo stage snapshot --stage prod
  # Whether a program would start from the file that is there; needs kms:Decrypt, and with --offline nothing
  cargo stage snapshot --verify --stage prod";

/// Seal the values of a stage into a file that its program may start from
#[derive(Debug, Args)]
#[command(long_about = ABOUT, after_help = STATUS, after_long_help = format!("{EXAMPLES}\n\n{STATUS}"))]
pub(crate) struct Snapshot {
    /// The stage
    #[arg(long)]
    pub(crate) stage: String,

    /// Write the placeholder that a build needs before there is a snapshot
    #[arg(long, conflicts_with = "verify")]
    pub(crate) empty: bool,

    /// Check the file that is there
    #[arg(long)]
    pub(crate) verify: bool,

    /// Check what can be checked without AWS
    #[arg(long, requires = "verify")]
    pub(crate) offline: bool,

    /// Where the placeholder goes, from the package's folder, if the struct says something else than sealed/STAGE.snapshot
    #[arg(long, value_name = "PATH", requires = "empty")]
    pub(crate) file: Option<String>,

    /// Replace a snapshot by a placeholder, or a file that is neither
    #[arg(long, conflicts_with = "verify")]
    pub(crate) overwrite: bool,

    #[command(flatten)]
    pub(crate) artifact: ArtifactArguments,

    #[command(flatten)]
    pub(crate) identity: IdentityArguments,
}

/// A stage, and where its snapshot is.
struct Place<'a> {
    session: &'a Session,
    stage: OneStage,
    /// From the package's folder.
    shown: String,
}

impl<'a> Place<'a> {
    fn of(session: &'a Session, arguments: &Snapshot) -> Result<Self, Problem> {
        let stage = session.stage(&arguments.stage, &arguments.identity)?;
        stage_config_core::manage::check_snapshot(&stage.plan).map_err(Problem::of_manage)?;
        let template = session.schema.snapshot.map_or(snapshot::DEFAULT_PATH, |snapshot| snapshot.path);
        let shown = snapshot::path(template, stage.name());
        Ok(Self { session, stage, shown })
    }

    fn package(&self) -> Result<&'a Package, Problem> {
        self.session.package.as_ref().ok_or_else(|| {
            Problem::refused(format!("{} is kept beside the code, and only the artifact is here", self.shown))
                .remedy("run it in the package, or name it: --manifest-path path/to/Cargo.toml")
        })
    }

    fn folder(&self) -> Result<Folder, Problem> {
        Ok(Folder::new(self.package()?, self.stage.name()))
    }

    fn path(&self) -> Result<PathBuf, Problem> {
        Ok(self.package()?.folder.join(&self.shown))
    }

    /// The stage's key pair, which belongs to the app that the struct says.
    fn key(&self) -> Result<StageKey, Problem> {
        let folder = self.folder()?;
        let shown = folder.shown(KEY_FILE);
        let name = self.stage.name();
        let text = folder.read(KEY_FILE)?.ok_or_else(|| match self.package() {
            Ok(package) => stage::unknown(package, name),
            Err(problem) => problem,
        })?;
        let key = StageKey::parse(&text).and_then(|key| key.verify(self.session.schema.app, name).map(|()| key));
        key.map_err(|error| Problem::of_sealed(&shown, &error))
    }
}

pub(crate) async fn run(arguments: Snapshot) -> Result<ExitCode, Problem> {
    stage::check(&arguments.stage)?;
    if arguments.empty {
        return empty::run(&arguments).await;
    }
    let session = Session::open(&arguments.artifact)?;
    let place = Place::of(&session, &arguments)?;
    match arguments.verify {
        true => verify::run(&place, arguments.offline).await,
        false => write::run(&place, arguments.overwrite).await,
    }
}
