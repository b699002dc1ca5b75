//! A sealed file as the place of a field.

use stage_config_core::PlannedField;

use super::{Existing, Written};
use crate::folder::{self, Folder};
use crate::package::Package;
use crate::problem::Problem;
use crate::session::{OneStage, Session};

/// `sealed/STAGE/NAME` in the folder of the package.
pub(super) struct SealedPlace<'a> {
    package: &'a Package,
    folder: Folder,
    name: String,
}

impl<'a> SealedPlace<'a> {
    /// `own` is the stage that the source names, where it names one.
    pub(super) fn new(
        session: &'a Session,
        stage: &OneStage,
        field: &PlannedField,
        name: &str,
        own: Option<&str>,
        key: Option<&str>,
    ) -> Result<Self, Problem> {
        let stage = own.unwrap_or(stage.name());
        let of = |what: &str| Problem::refused(format!("`{}`: sealed/{stage}/{name} {what}", field.path()));
        if let Some(key) = key {
            let what = format!("is written as a whole, and not only its key `{key}`");
            return Err(of(&what).remedy(format!("cargo stage seal {name} --stage {stage} --overwrite < FILE")));
        }
        let Some(package) = &session.package else {
            return Err(of("is kept beside the code, and only the artifact is here")
                .remedy("run it in the package, or name it: --manifest-path path/to/Cargo.toml"));
        };
        folder::check_name(name)?;
        Ok(Self { package, folder: Folder::new(package, stage), name: name.to_owned() })
    }

    pub(super) fn current(&self) -> Result<Option<Existing>, Problem> {
        self.folder.some_key(self.package)?;
        self.folder.check_free(&self.name, true)?;
        Ok(self.kept())
    }

    pub(super) fn kept(&self) -> Option<Existing> {
        self.folder.holds(&self.name).then_some(Existing { kind: "sealed file", version: None })
    }

    pub(super) async fn write(&self, value: &[u8], overwrite: bool) -> Result<Written, Problem> {
        self.folder.check_free(&self.name, overwrite)?;
        self.folder.seal(self.package, &self.name, value, overwrite).await?;
        let notes = vec![format!("{} is to be committed, and the program to be built", self.folder.shown(&self.name))];
        Ok(Written { version: None, notes })
    }

    pub(super) async fn remove(&self) -> Result<Option<String>, Problem> {
        let _lock = self.folder.lock().await?;
        let removed = self.folder.remove(&self.name).await?;
        let shown = self.folder.shown(&self.name);
        Ok(removed.then(|| {
            format!("git keeps what was committed: git checkout -- {shown}; without it the program does not build")
        }))
    }
}
