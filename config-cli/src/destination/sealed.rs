//! A destination in a sealed file.

use stage_config_core::PlannedField;
use stage_config_core::sealed::value_path;

use super::{ExistingValue, WriteResult};
use crate::error::CliError;
use crate::package::Package;
use crate::sealed_folder::{self, SealedFolder};
use crate::session::{Session, StageSession};

/// `sealed/STAGE/NAME` in the folder of the package.
pub(super) struct SealedTarget<'a> {
    package: &'a Package,
    folder: SealedFolder,
    /// The stage of the folder.
    stage: String,
    name: String,
}

impl<'a> SealedTarget<'a> {
    /// Creates the destination. `named_stage` is the stage that the source names, if any.
    pub(super) fn new(
        session: &'a Session,
        stage: &StageSession,
        field: &PlannedField,
        name: &str,
        named_stage: Option<&str>,
    ) -> Result<Self, CliError> {
        let stage = named_stage.unwrap_or(stage.name());
        let Some(package) = &session.package else {
            let path = field.path();
            let message = format!(
                "`{path}`: sealed/{stage}/{name} is in the package's folder, but no Cargo.toml was \
                 found"
            );
            return Err(CliError::failed(message).with_help(
                "run the command in the package, or pass --manifest-path path/to/Cargo.toml",
            ));
        };
        sealed_folder::check_name(name)?;
        Ok(Self {
            package,
            folder: SealedFolder::new(package, stage),
            stage: stage.to_owned(),
            name: name.to_owned(),
        })
    }

    /// Returns the path of the file in the package.
    pub(super) fn file_path(&self) -> String {
        value_path(&self.stage, &self.name)
    }

    pub(super) fn inspect_for_write(&self) -> Result<Option<ExistingValue>, CliError> {
        self.folder.require_key(self.package)?;
        self.folder.check_free(&self.name, true)?;
        Ok(self.existing_value())
    }

    pub(super) fn existing_value(&self) -> Option<ExistingValue> {
        self.folder.contains(&self.name).then_some(ExistingValue {
            kind: "sealed file",
            version: None,
        })
    }

    pub(super) async fn write(
        &self,
        value: &[u8],
        overwrite: bool,
    ) -> Result<WriteResult, CliError> {
        self.folder.check_free(&self.name, overwrite)?;
        self.folder
            .seal(self.package, &self.name, value, overwrite)
            .await?;
        let notes = vec![format!(
            "commit {}, and build the program",
            self.folder.display_path(&self.name)
        )];
        Ok(WriteResult {
            version: None,
            notes,
        })
    }

    pub(super) async fn remove(&self) -> Result<Option<String>, CliError> {
        let _lock = self.folder.lock().await?;
        let removed = self.folder.remove(&self.name).await?;
        let path = self.folder.display_path(&self.name);
        Ok(removed.then(|| {
            format!(
                "git keeps the committed version: git checkout -- {path}; without this file the \
                 program does not build"
            )
        }))
    }
}
