//! `cargo stage seal`: one file a mode, and here what they share.

mod import;
mod init;
mod one;
mod rekey;
mod verify;

use std::future::Future;
use std::process::ExitCode;
use std::time::Duration;

use stage_config_core::sealed::{Kms, SealedError, StageKey};

use crate::args::Seal;
use crate::folder::{self, Folder};
use crate::package::Package;
use crate::problem::Problem;
use crate::stage;

/// How long KMS is waited for, credentials included. A laptop without a network would otherwise wait for minutes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What every mode works on.
struct Place {
    package: Package,
    folder: Folder,
}

impl Place {
    fn stage(&self) -> &str {
        self.folder.stage()
    }

    /// The stage's key, or the error for a stage without one.
    fn key(&self) -> Result<StageKey, Problem> {
        self.folder.key(&self.package)?.ok_or_else(|| stage::unknown(&self.package, self.stage()))
    }

    /// Refuses what sealing under this name would overwrite, before anybody types a value.
    fn check_free(&self, name: &str, overwrite: bool) -> Result<(), Problem> {
        let shown = self.folder.shown(name);
        if let Some(other) = self.folder.differs_in_case(name)? {
            let what = format!("{shown} differs from {} in case alone", self.folder.shown(&other));
            return Err(
                Problem::refused(what).remedy("some file systems cannot tell the two apart: choose another name")
            );
        }
        match self.folder.holds(name) && !overwrite {
            true => Err(folder::exists(&shown)),
            false => Ok(()),
        }
    }

    /// The KMS key that is named: by the argument, else by the settings.
    fn named_kms_key<'a>(&'a self, arguments: &'a Seal) -> Option<&'a str> {
        arguments.kms_key.as_deref().or_else(|| self.package.kms_key(self.stage()))
    }
}

/// Does what the arguments say.
pub(super) async fn run(arguments: Seal) -> Result<ExitCode, Problem> {
    if !arguments.surplus.is_empty() {
        return Err(folder::given_as_argument());
    }
    stage::check(&arguments.stage)?;
    if let Some(name) = &arguments.field {
        folder::check_name(name)?;
    }
    let package = Package::find(&arguments.package)?;
    let place = Place { folder: Folder::new(&package, &arguments.stage), package };
    match &arguments.field {
        _ if arguments.verify => return verify::run(&place, &arguments).await,
        _ if arguments.init => init::run(&place, &arguments).await?,
        _ if arguments.rekey => rekey::run(&place, &arguments).await?,
        Some(name) => one::run(&place, name, &arguments).await?,
        // clap asks for a field where no mode is given.
        None => import::run(&place, &arguments).await?,
    }
    Ok(ExitCode::SUCCESS)
}

/// KMS, by the surroundings' credentials.
async fn kms() -> Result<Kms, Problem> {
    in_time("KMS", Kms::from_environment()).await
}

/// Waits for an answer of AWS; `what` is named where it fails.
async fn in_time<T>(what: &str, answer: impl Future<Output = Result<T, SealedError>>) -> Result<T, Problem> {
    match tokio::time::timeout(PATIENCE, answer).await {
        Ok(answer) => answer.map_err(|error| Problem::of_sealed(what, &error)),
        Err(_) => Err(Problem::unchecked(format!("{what}: KMS did not answer within {} s", PATIENCE.as_secs()))
            .remedy("check the network, AWS_REGION, and that the credentials can be had here")),
    }
}
