//! `[package.metadata.stage]` and `[workspace.metadata.stage]`.

use serde_json::{Map, Value};
use stage_config_grammar::{stage, suggest};

use crate::error::CliError;

/// The keys of a stage's settings.
const KEYS: [&str; 5] = ["account", "region", "profile", "role_arn", "kms_key"];

/// The settings of the package and of its workspace.
#[derive(Debug, Clone, Default)]
pub(super) struct PackageSettings {
    /// `app = "…"` of the package.
    pub(super) app: Option<String>,
    /// The tables: first those of the package, then those of the workspace.
    stages: Vec<StageSection>,
}

/// One table: `[package.metadata.stage."pr-*"]`.
#[derive(Debug, Clone)]
struct StageSection {
    /// A stage's name, or a pattern.
    stage: String,
    settings: StageSettings,
}

/// The settings of one stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct StageSettings {
    /// The account of the stage.
    pub(crate) account: Option<String>,
    pub(crate) region: Option<String>,
    /// A profile of `~/.aws/config`.
    pub(crate) profile: Option<String>,
    /// A role to assume.
    pub(crate) role_arn: Option<String>,
    /// The KMS key of the stage's secrets: an id, an alias or an ARN.
    pub(crate) kms_key: Option<String>,
}

impl StageSettings {
    /// Returns these settings, with missing ones filled from `other`.
    pub(crate) fn or(self, other: &Self) -> Self {
        Self {
            account: self.account.or_else(|| other.account.clone()),
            region: self.region.or_else(|| other.region.clone()),
            profile: self.profile.or_else(|| other.profile.clone()),
            role_arn: self.role_arn.or_else(|| other.role_arn.clone()),
            kms_key: self.kms_key.or_else(|| other.kms_key.clone()),
        }
    }
}

impl PackageSettings {
    /// Reads both tables. Each may be absent.
    pub(super) fn new(package: &Value, workspace: &Value) -> Result<Self, CliError> {
        let mut settings = Self {
            app: None,
            stages: Vec::new(),
        };
        settings.read_table("package.metadata.stage", &package["stage"])?;
        settings.read_table("workspace.metadata.stage", &workspace["stage"])?;
        Ok(settings)
    }

    /// Returns the settings of a stage. The table of the stage has priority over the table of a
    /// pattern, a longer pattern over a shorter one, and the package over its workspace.
    pub(super) fn find_stage(&self, stage: &str) -> StageSettings {
        let mut matching: Vec<&StageSection> = self
            .stages
            .iter()
            .filter(|section| stage::matches(&section.stage, stage))
            .collect();
        // The sort is stable: the package stays before its workspace.
        matching.sort_by_key(|section| {
            (
                section.stage != stage,
                std::cmp::Reverse(section.stage.len()),
            )
        });
        matching
            .into_iter()
            .fold(StageSettings::default(), |settings, section| {
                settings.or(&section.settings)
            })
    }

    /// Returns the stages that are named without a pattern.
    pub(super) fn stage_names(&self) -> impl Iterator<Item = &str> {
        self.stages
            .iter()
            .map(|section| section.stage.as_str())
            .filter(|stage| !stage.contains('*'))
    }

    fn read_table(&mut self, table_path: &str, table: &Value) -> Result<(), CliError> {
        let Some(table) = to_table(table_path, table)? else {
            return Ok(());
        };
        for (key, value) in table {
            match value {
                // A workspace has no app name for its packages.
                Value::String(app) if key == "app" && table_path.starts_with("package") => {
                    self.app = Some(app.clone())
                }
                Value::Object(table) => self.stages.push(parse_section(table_path, key, table)?),
                _ => return Err(unexpected_key_error(table_path, key)),
            }
        }
        Ok(())
    }
}

fn to_table<'a>(
    table_path: &str,
    value: &'a Value,
) -> Result<Option<&'a Map<String, Value>>, CliError> {
    match value {
        Value::Null => Ok(None),
        Value::Object(table) => Ok(Some(table)),
        _ => Err(CliError::failed(format!(
            "Cargo.toml: `{table_path}` is not a table"
        ))),
    }
}

fn unexpected_key_error(table_path: &str, key: &str) -> CliError {
    let message = format!(
        "Cargo.toml: `{key}` in [{table_path}] is neither a stage's table nor the package's `app = \
         \"…\"`"
    );
    CliError::failed(message).with_help(format!(
        "put the settings of a stage into [{table_path}.STAGE]"
    ))
}

fn parse_section(
    table_path: &str,
    stage: &str,
    table: &Map<String, Value>,
) -> Result<StageSection, CliError> {
    stage::check_pattern(stage).map_err(|error| {
        CliError::failed(format!("Cargo.toml: [{table_path}.{stage:?}]: {error}"))
    })?;
    for (key, value) in table {
        if !KEYS.contains(&key.as_str()) {
            let expected = suggest::format_expected(key, &KEYS);
            return Err(CliError::failed(format!(
                "Cargo.toml: unknown key `{key}` in [{table_path}.{stage}]: {expected}"
            )));
        }
        if !value.is_string() {
            return Err(CliError::failed(format!(
                "Cargo.toml: `{key}` in [{table_path}.{stage}] is not a string"
            )));
        }
    }
    let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
    let [account, region, profile, role_arn, kms_key] = KEYS.map(text);
    Ok(StageSection {
        stage: stage.to_owned(),
        settings: StageSettings {
            account,
            region,
            profile,
            role_arn,
            kms_key,
        },
    })
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_nearest_key_wins() {
        let package = json!({ "stage": { "app": "shop", "p*": { "kms_key": "any" }, "pr-*": { "kms_key": "preview" } } });
        let workspace = json!({ "stage": {
            "prod": { "kms_key": "prod", "region": "eu-west-1" },
            "pr-*": { "kms_key": "far" },
            "dev": { "account": "111122223333" },
        } });
        let settings = PackageSettings::new(&package, &workspace).unwrap();
        let key = |stage| settings.find_stage(stage).kms_key;
        assert_eq!(settings.app.as_deref(), Some("shop"));
        assert_eq!(
            key("prod").as_deref(),
            Some("prod"),
            "a name before a pattern"
        );
        assert_eq!(
            key("pr-1").as_deref(),
            Some("preview"),
            "the longer pattern, and the package"
        );
        assert_eq!(key("pilot").as_deref(), Some("any"));
        assert_eq!(key("dev"), None);
        assert_eq!(
            settings.find_stage("prod").region.as_deref(),
            Some("eu-west-1")
        );
        assert_eq!(settings.stage_names().collect::<Vec<_>>(), ["dev", "prod"]);
    }

    #[test]
    fn a_mistake_in_the_settings_is_an_error() {
        let error = |package: Value| {
            PackageSettings::new(&package, &Value::Null)
                .unwrap_err()
                .to_string()
        };
        assert!(
            error(json!({ "stage": { "prod": { "kms-key": "x" } } }))
                .contains("did you mean `kms_key`?")
        );
        assert!(error(json!({ "stage": { "prod": { "kms_key": 1 } } })).contains("not a string"));
        assert!(
            error(json!({ "stage": { "prod": "x" } })).contains("[package.metadata.stage.STAGE]")
        );
        assert!(error(json!({ "stage": { "pr/*": {} } })).contains("not '/'"));
        assert!(error(json!({ "stage": "prod" })).contains("not a table"));
        let error = PackageSettings::new(&Value::Null, &json!({ "stage": { "app": "x" } }))
            .unwrap_err()
            .to_string();
        assert!(error.contains("workspace.metadata.stage"), "{error}");
    }
}
