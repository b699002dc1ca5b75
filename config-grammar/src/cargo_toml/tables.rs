//! Reads the tables with settings, and checks them.

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use toml::{Table, Value};

use crate::arn::is_account;
use crate::source::check_stage_variable;
use crate::stage::{check_name, check_pattern};
use crate::suggest::format_expected;

/// The keys of a stage's table.
const STAGE_KEYS: [&str; 6] = [
    "template", "account", "region", "profile", "role_arn", "kms_key",
];
/// The keys of the table for settings that apply to all stages.
const CONFIG_KEYS: [&str; 3] = ["fallback", "preview", "stage_var"];
/// The keys that are allowed in `[package.metadata.stage]`, but not in
/// `[workspace.metadata.stage]`.
const PACKAGE_KEYS: [&str; 2] = ["app", "function"];

/// The name of a table, with the path of its `Cargo.toml`. The `Display` form is
/// `[package.metadata.stage.prod] of PATH`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableName {
    name: String,
    file: Arc<Path>,
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] of {}", self.name, self.file.display())
    }
}

impl TableName {
    pub(super) fn new(name: &str, file: &Arc<Path>) -> Self {
        Self {
            name: name.to_owned(),
            file: Arc::clone(file),
        }
    }

    fn join(&self, key: &str) -> Self {
        let is_bare = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-');
        let name = if key.chars().all(is_bare) && !key.is_empty() {
            format!("{}.{key}", self.name)
        } else {
            format!("{}.{key:?}", self.name)
        };
        Self {
            name,
            file: Arc::clone(&self.file),
        }
    }
}

/// A key of [`StageTable`] whose value is a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageKey {
    /// The account of the stage: twelve digits.
    Account,
    /// The region of the stage.
    Region,
    /// The profile of `~/.aws/config` that `cargo stage` uses for the stage.
    Profile,
    /// The IAM role that `cargo stage` assumes for the stage.
    RoleArn,
    /// The KMS key that encrypts the new secrets of the stage: an ID, an alias or an ARN.
    KmsKey,
}

impl StageKey {
    fn name(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::Region => "region",
            Self::Profile => "profile",
            Self::RoleArn => "role_arn",
            Self::KmsKey => "kms_key",
        }
    }
}

/// The settings of one stage, as in `[workspace.metadata.stage.prod]`, or of all stages whose names
/// match a pattern, as in `[workspace.metadata.stage."pr-*"]`.
#[derive(Debug, Clone)]
pub struct StageTable {
    /// The name of a stage, or a pattern with `*`.
    pub stage: String,
    /// The name of the table.
    pub name: TableName,
    /// The templates of the stage's sources. Empty if the table has none.
    pub template: Vec<String>,
    texts: Table,
}

impl StageTable {
    /// Returns the value of a key.
    #[must_use]
    pub fn text(&self, key: StageKey) -> Option<&str> {
        self.texts.get(key.name())?.as_str()
    }

    /// Returns whether the table declares a stage. A table whose name has a `*` declares no stage:
    /// it only has settings for the stages whose names match.
    #[must_use]
    pub fn declares(&self) -> bool {
        !self.stage.contains('*')
    }
}

/// The settings that apply to all stages, as in `[workspace.metadata.stage-config]`.
#[derive(Debug, Clone)]
pub(super) struct ConfigTable {
    pub(super) name: TableName,
    pub(super) fallback: Vec<String>,
    pub(super) preview: Vec<String>,
    pub(super) stage_var: Option<String>,
}

/// Returns true if `value` has a key of the table `stage-config`, or if it contains a table that
/// has a key of a stage's table. The key of `value` is neither `stage` nor `stage-config`.
pub(super) fn has_known_keys(value: &Value) -> bool {
    let has = |value: &Value, keys: &[&str]| keys.iter().any(|key| value.get(*key).is_some());
    let mut stages = value.as_table().into_iter().flat_map(Table::values);
    has(value, &CONFIG_KEYS) || stages.any(|stage| stage.is_table() && has(stage, &STAGE_KEYS))
}

/// The keys of `[package.metadata.stage]` that describe the package, and not a stage.
#[derive(Debug, Clone, Default)]
pub(super) struct PackageTexts {
    pub(super) app: Option<(TableName, String)>,
    pub(super) function: Option<String>,
}

/// Reads tables, and collects the mistakes in them.
pub(super) struct TableReader {
    pub(super) mistakes: Vec<String>,
}

impl TableReader {
    /// Reads `[….metadata.stage]`. Returns the tables of the stages, and writes `app` and
    /// `function` to `package`. These two keys are allowed only if `is_package` is set.
    pub(super) fn read_stages(
        &mut self,
        name: &TableName,
        table: &Table,
        is_package: bool,
        package: &mut PackageTexts,
    ) -> Vec<StageTable> {
        let mut stages = Vec::new();
        for (key, value) in table {
            match value {
                Value::Table(table) => stages.extend(self.read_stage(key, name.join(key), table)),
                _ if is_package && PACKAGE_KEYS.contains(&key.as_str()) => {
                    let text = self.read_text(name, key, value);
                    match text {
                        Some(text) if key == "app" => package.app = Some((name.clone(), text)),
                        Some(text) => package.function = Some(text),
                        None => {}
                    }
                }
                _ => self.refuse_key(name, key, is_package),
            }
        }
        stages
    }

    fn refuse_key(&mut self, name: &TableName, key: &str, is_package: bool) {
        let help = if CONFIG_KEYS.contains(&key) {
            let kind = if is_package { "package" } else { "workspace" };
            format!("write it into [{kind}.metadata.stage-config]")
        } else if PACKAGE_KEYS.contains(&key) {
            "write it into [package.metadata.stage] of a package".to_owned()
        } else if STAGE_KEYS.contains(&key) {
            "it belongs in the table of a stage, such as `prod`".to_owned()
        } else {
            "a stage is a table with the keys of its settings".to_owned()
        };
        self.mistakes
            .push(format!("unexpected `{key}` in {name}: {help}"));
    }

    fn read_stage(&mut self, stage: &str, name: TableName, table: &Table) -> Option<StageTable> {
        let before = self.mistakes.len();
        let is_pattern = stage.contains('*');
        let checked = if is_pattern {
            check_pattern(stage)
        } else {
            check_name(stage)
        };
        if let Err(error) = checked {
            let help = if stage.eq_ignore_ascii_case("fallback") {
                "; write `fallback = [\"…\"]` into the table `stage-config`"
            } else {
                ""
            };
            self.mistakes.push(format!("{name}: {error}{help}"));
        }

        let mut template = Vec::new();
        let mut texts = Table::new();
        for (key, value) in table {
            if !STAGE_KEYS.contains(&key.as_str()) {
                self.refuse_unknown(&name, key, &STAGE_KEYS);
            } else if key == "template" {
                template = self.read_templates(&name, key, value);
            } else if let Some(text) = self.read_text(&name, key, value) {
                texts.insert(key.clone(), Value::String(text));
            }
        }
        if is_pattern && !template.is_empty() {
            self.mistakes.push(format!(
                "`template` in {name}: a table whose name has a `*` declares no stage; an \
                 undeclared stage uses `fallback` of the table `stage-config`"
            ));
        }
        if let Some(account) = texts.get(StageKey::Account.name()).and_then(Value::as_str)
            && !is_account(account)
        {
            self.mistakes.push(format!(
                "`account` in {name}: expected the 12 digits of an AWS account ID, as in \
                 \"111122223333\""
            ));
        }

        (self.mistakes.len() == before).then(|| StageTable {
            stage: stage.to_owned(),
            name,
            template,
            texts,
        })
    }

    /// Reads `[….metadata.stage-config]`.
    pub(super) fn read_config(&mut self, name: TableName, table: &Table) -> ConfigTable {
        let (mut fallback, mut preview, mut stage_var) = (Vec::new(), Vec::new(), None);
        for (key, value) in table {
            match key.as_str() {
                "fallback" => fallback = self.read_templates(&name, key, value),
                "preview" => preview = self.read_patterns(&name, value),
                "stage_var" => stage_var = self.read_stage_variable(&name, value),
                _ => self.refuse_unknown(&name, key, &CONFIG_KEYS),
            }
        }
        ConfigTable {
            name,
            fallback,
            preview,
            stage_var,
        }
    }

    fn read_patterns(&mut self, name: &TableName, value: &Value) -> Vec<String> {
        let patterns = self.read_texts(name, "preview", value);
        for pattern in &patterns {
            if let Err(error) = check_pattern(pattern) {
                self.mistakes.push(format!(
                    "`preview` in {name}: `{pattern}` is not a pattern for stage names, where `*` \
                     matches any text: {error}"
                ));
            }
        }
        patterns
    }

    fn read_stage_variable(&mut self, name: &TableName, value: &Value) -> Option<String> {
        let variable = self.read_text(name, "stage_var", value)?;
        if let Err(error) = check_stage_variable(&variable) {
            self.mistakes
                .push(format!("`stage_var` in {name}: {error}"));
        }
        Some(variable)
    }

    fn read_templates(&mut self, name: &TableName, key: &str, value: &Value) -> Vec<String> {
        match value {
            Value::String(_) => self.read_text(name, key, value).into_iter().collect(),
            value => self.read_texts(name, key, value),
        }
    }

    /// Reads a list of different texts. Neither the list nor a text may be empty.
    fn read_texts(&mut self, name: &TableName, key: &str, value: &Value) -> Vec<String> {
        let mut texts: Vec<String> = Vec::new();
        let mut is_valid = false;
        for value in value.as_array().into_iter().flatten() {
            is_valid = match value.as_str() {
                Some(text) if texts.iter().any(|other| other == text) => {
                    self.mistakes.push(format!(
                        "`{key}` in {name}: `{text}` is given twice: keep one"
                    ));
                    return texts;
                }
                Some(text) if !text.is_empty() => {
                    texts.push(text.to_owned());
                    true
                }
                _ => false,
            };
            if !is_valid {
                break;
            }
        }
        if !is_valid {
            let form = match key {
                "preview" => "`preview = [\"pr-*\"]`",
                "fallback" => "`fallback = \"/{app}/{stage}/{field}\"`, or as a list of such texts",
                _ => "`template = \"/{app}/dev/{field}\"`, or as a list of such texts",
            };
            self.mistakes
                .push(format!("`{key}` in {name}: write it as in {form}"));
        }
        texts
    }

    fn read_text(&mut self, name: &TableName, key: &str, value: &Value) -> Option<String> {
        match value {
            Value::String(text) if !text.is_empty() => Some(text.clone()),
            Value::String(_) => {
                self.mistakes.push(format!("`{key}` in {name} is empty"));
                None
            }
            _ => {
                self.mistakes
                    .push(format!("`{key}` in {name} is not a string"));
                None
            }
        }
    }

    fn refuse_unknown(&mut self, name: &TableName, key: &str, known: &[&str]) {
        self.mistakes.push(format!(
            "unknown key `{key}` in {name}; {}",
            format_expected(key, known)
        ));
    }
}
