//! The settings of a package, which have priority over those of its workspace.

use std::cmp::Reverse;
use std::path::Path;
use std::sync::Arc;

use toml::{Table, Value};

use super::tables::{
    ConfigTable, PackageTexts, StageKey, StageTable, TableName, TableReader, has_known_keys,
};
use super::{CargoToml, find_workspace};
use crate::stage::matches;

const STAGE: &str = "stage";
const CONFIG: &str = "stage-config";

/// The settings of a package and of its workspace. Those of the package have priority.
#[derive(Debug, Clone, Default)]
pub struct CargoSettings {
    /// `app` and `function` in `[package.metadata.stage]`.
    package: PackageTexts,
    /// First the tables of the package, then those of the workspace.
    stages: Vec<StageTable>,
    /// At most two tables `stage-config`: first that of the package, then that of the workspace.
    configs: Vec<ConfigTable>,
}

impl CargoSettings {
    /// Reads the settings of a package and of its workspace.
    ///
    /// # Errors
    ///
    /// Returns the error of [`find_workspace`], or the errors of [`CargoSettings::from_files`].
    pub fn read(package: &CargoToml) -> Result<Self, Vec<String>> {
        let workspace = find_workspace(package).map_err(|error| vec![error])?;
        Self::from_files(package, workspace.as_ref())
    }

    /// Reads the settings in these files.
    ///
    /// # Errors
    ///
    /// Returns a message for each mistake. Each message names the file and the table, and the key
    /// if a key of the table is wrong.
    pub fn from_files(
        package: &CargoToml,
        workspace: Option<&CargoToml>,
    ) -> Result<Self, Vec<String>> {
        let mut settings = Self::default();
        let mut reader = TableReader {
            mistakes: Vec::new(),
        };
        settings.read_metadata(package, "package", &mut reader);
        if let Some(workspace) = workspace {
            settings.read_metadata(workspace, "workspace", &mut reader);
        }
        settings.check_cases(&mut reader.mistakes);
        if reader.mistakes.is_empty() {
            Ok(settings)
        } else {
            Err(reader.mistakes)
        }
    }

    fn read_metadata(&mut self, file: &CargoToml, kind: &str, reader: &mut TableReader) {
        let Some(metadata) = file.find_table(&[kind, "metadata"]) else {
            return;
        };
        let path: Arc<Path> = Arc::from(file.path());
        for (key, value) in metadata {
            let name = TableName::new(&format!("{kind}.metadata.{key}"), &path);
            if key != STAGE && key != CONFIG {
                check_similar(key, value, &name, reader);
                continue;
            }
            let Some(table) = value.as_table() else {
                reader.mistakes.push(format!("{name} is not a table"));
                continue;
            };
            self.read_table(key, name, table, kind == "package", reader);
        }
    }

    fn read_table(
        &mut self,
        key: &str,
        name: TableName,
        table: &Table,
        is_package: bool,
        reader: &mut TableReader,
    ) {
        if key == STAGE {
            let mut stages = reader.read_stages(&name, table, is_package, &mut self.package);
            // The order of the keys of a table depends on the cargo features of `toml`. Without the
            // sort, the derive and the command line could choose different tables for a stage that
            // two equally long patterns match.
            stages.sort_by(|one, other| one.stage.cmp(&other.stage));
            self.stages.extend(stages);
        } else {
            self.configs.push(reader.read_config(name, table));
        }
    }

    /// Refuses two stages whose names differ only in case, because no configuration can declare
    /// both.
    fn check_cases(&self, mistakes: &mut Vec<String>) {
        let declared: Vec<&StageTable> = self.declaring_tables().collect();
        for (index, table) in declared.iter().enumerate() {
            let differs_in_case = |other: &&&StageTable| {
                other.stage != table.stage && other.stage.eq_ignore_ascii_case(&table.stage)
            };
            if let Some(other) = declared[..index].iter().find(differs_in_case) {
                mistakes.push(format!(
                    "the stages of {} and {} differ only in case: rename one of them",
                    other.name, table.name
                ));
            }
        }
    }

    /// Returns whether the files have no table of a stage and no table `stage-config`.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.stages.is_empty() && self.configs.is_empty()
    }

    /// Returns `app` of the package, with the name of its table.
    #[must_use]
    pub fn app(&self) -> Option<(&TableName, &str)> {
        let (name, app) = self.package.app.as_ref()?;
        Some((name, app))
    }

    /// Returns `function` of the package: the name of its deployed function, with placeholders.
    #[must_use]
    pub fn function(&self) -> Option<&str> {
        self.package.function.as_deref()
    }

    /// Returns the names of the declared stages, each once, in alphabetical order.
    #[must_use]
    pub fn stage_names(&self) -> Vec<&str> {
        let mut names: Vec<&str> = self
            .declaring_tables()
            .map(|table| table.stage.as_str())
            .collect();
        names.sort_unstable();
        names.dedup();
        names
    }

    /// Returns the tables whose names have a `*`: those of the package, then those of the
    /// workspace.
    pub fn pattern_tables(&self) -> impl Iterator<Item = &StageTable> {
        self.stages.iter().filter(|table| !table.declares())
    }

    fn declaring_tables(&self) -> impl Iterator<Item = &StageTable> {
        self.stages.iter().filter(|table| table.declares())
    }

    /// Returns the tables that apply to a stage, the one with the highest priority first. The table
    /// with the name of the stage comes before the table of a pattern, and a longer pattern before
    /// a shorter one. If two tables are equal in this, that of the package comes first.
    pub fn list_tables(&self, stage: &str) -> Vec<&StageTable> {
        let mut matching: Vec<&StageTable> = self
            .stages
            .iter()
            .filter(|table| matches(&table.stage, stage))
            .collect();
        // The sort is stable: the package stays before its workspace.
        matching.sort_by_key(|table| (table.stage != stage, Reverse(table.stage.len())));
        matching
    }

    /// Returns the value of a key for a stage, with the name of the table that has the key.
    #[must_use]
    pub fn find_text(&self, stage: &str, key: StageKey) -> Option<(&TableName, &str)> {
        let tables = self.list_tables(stage);
        tables
            .into_iter()
            .find_map(|table| Some((&table.name, table.text(key)?)))
    }

    /// Returns the templates of a stage, with the name of the table that has these templates.
    #[must_use]
    pub fn find_template(&self, stage: &str) -> Option<(&TableName, &[String])> {
        let tables = self.list_tables(stage).into_iter();
        tables
            .filter(|table| !table.template.is_empty())
            .map(|table| (&table.name, table.template.as_slice()))
            .next()
    }

    /// Returns the templates of undeclared stages, with the name of the table that has `fallback`.
    #[must_use]
    pub fn fallback(&self) -> Option<(&TableName, &[String])> {
        find_list(&self.configs, |config| &config.fallback)
    }

    /// Returns the patterns for the stages that may use `fallback`, with the name of the table that
    /// has `preview`.
    #[must_use]
    pub fn preview(&self) -> Option<(&TableName, &[String])> {
        find_list(&self.configs, |config| &config.preview)
    }

    /// Returns the name of the variable that names the stage, with the name of the table that has
    /// `stage_var`.
    #[must_use]
    pub fn stage_var(&self) -> Option<(&TableName, &str)> {
        self.configs
            .iter()
            .find_map(|config| Some((&config.name, config.stage_var.as_deref()?)))
    }
}

fn find_list(
    configs: &[ConfigTable],
    list: fn(&ConfigTable) -> &Vec<String>,
) -> Option<(&TableName, &[String])> {
    let config = configs.iter().find(|config| !list(config).is_empty())?;
    Some((&config.name, list(config)))
}

/// Refuses a table whose name differs from `stage` or `stage-config` only in case, `-`, `_` or an
/// `s` at its end, and that has keys of these tables. A table without these keys is accepted,
/// because it may belong to another tool.
fn check_similar(key: &str, value: &Value, name: &TableName, reader: &mut TableReader) {
    let plain = key.to_lowercase().replace(['-', '_'], "");
    let meant = match plain.trim_end_matches('s') {
        "stage" => STAGE,
        "stageconfig" => CONFIG,
        _ => return,
    };
    if !has_known_keys(value) {
        return;
    }
    reader
        .mistakes
        .push(format!("unknown table {name}: did you mean `{meant}`?"));
}
