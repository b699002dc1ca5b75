//! The input of a verb: a configuration, read from a built artifact, and one of its stages.

use std::path::PathBuf;
use std::time::Duration;

use stage_config_cli::artifact;
use stage_config_core::manage::{AwsContext, ReadMode, ReadOptions, ReadStage, VariableSource};
use stage_config_core::{Plan, PlannedField, Schema, Stage};
use stage_config_grammar::source::Address;
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::lines::Lines;
use crate::package::{Package, StageSettings};
use crate::{cargo_build, identity, redact, stage_name};

/// The maximum time to read a stage, without the time for credentials.
const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A configuration and the settings of its stages in Cargo.toml.
pub(crate) struct Session {
    pub(crate) schema: &'static Schema,
    /// `None` if there is only an artifact.
    pub(crate) package: Option<Package>,
}

impl Session {
    /// Builds the programs, unless the arguments name an artifact, and reads the configuration.
    pub(crate) fn open(arguments: &ArtifactArguments) -> Result<Self, CliError> {
        let paths = match &arguments.artifact {
            Some(path) => vec![path.clone()],
            None => cargo_build::build_programs(&arguments.build)?,
        };
        let schema = choose_schema(&read_schemas(&paths)?, arguments.config.as_deref())?;
        let package = Package::find_for_artifact(arguments, schema.package).map_err(CliError::into_undetermined)?;
        Ok(Self { schema, package })
    }

    /// Plans a stage. The rules for its name are those of a program.
    pub(crate) fn plan_stage(&self, name: &str, given: &IdentityArguments) -> Result<StageSession, CliError> {
        self.plan(name, given, |_| false)
    }

    /// Plans a single field of a stage.
    pub(crate) fn plan_field(
        &self,
        name: &str,
        given: &IdentityArguments,
        field: &str,
    ) -> Result<StageSession, CliError> {
        self.check_field(field)?;
        self.plan(name, given, |path| path != field)
    }

    /// Checks that the field exists.
    ///
    /// # Errors
    ///
    /// Returns an error for an unknown field. The message repeats the word only if it resembles a
    /// field: it may be a value in the wrong place.
    pub(crate) fn check_field(&self, field: &str) -> Result<(), CliError> {
        let leaves = self.schema.leaves();
        let known: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        if known.contains(&field) {
            return Ok(());
        }
        Err(CliError::undetermined(redact::unknown_name_message("field", field, &known)))
    }

    fn plan(
        &self,
        name: &str,
        given: &IdentityArguments,
        left_out: impl Fn(&str) -> bool,
    ) -> Result<StageSession, CliError> {
        let plan = plan_stage(self.schema, name, left_out)?;
        let mut settings = self.stage_settings(name, given);
        identity::check_settings(&settings)?;
        self.apply_account(name, &plan, &mut settings)?;
        Ok(StageSession { shown: name.to_owned(), settings, is_profile_given: given.profile.is_some(), plan })
    }

    /// Uses the struct's `account(…)` as the stage's account if no other one is set. A parameter or
    /// secret without an ARN is in the account of the credentials, and a load refuses it from any
    /// other account.
    fn apply_account(&self, name: &str, plan: &Plan, settings: &mut StageSettings) -> Result<(), CliError> {
        let own = self.schema.accounts.iter().find(|(stage, _)| *stage == name).map(|(_, account)| *account);
        let by_name = |address: &Address| {
            matches!(address, Address::Parameter { .. } | Address::Secret { .. }) && address.arn().is_none()
        };
        let mut addresses = plan.planned_fields().iter().flat_map(PlannedField::chain).map(|source| &source.address);
        let Some(own) = own.filter(|_| addresses.any(by_name)) else { return Ok(()) };
        match &settings.account {
            Some(given) if given != own => {
                let what =
                    format!("the stage `{name}` is in account {given}, and the struct's `account(…)` says {own}");
                Err(CliError::undetermined(what).with_help("change one of them: Cargo.toml, --account, or the struct"))
            }
            _ => {
                settings.account = Some(own.to_owned());
                Ok(())
            }
        }
    }

    /// Returns the settings of a stage or of a pattern of stages: the options first, then
    /// Cargo.toml.
    pub(crate) fn stage_settings(&self, name: &str, given: &IdentityArguments) -> StageSettings {
        let IdentityArguments { region, profile, role_arn, account } = given;
        let given = StageSettings {
            region: region.clone(),
            profile: profile.clone(),
            role_arn: role_arn.clone(),
            account: account.clone(),
            kms_key: None,
        };
        match &self.package {
            Some(package) => given.or(&package.stage_settings(name)),
            None => given,
        }
    }
}

/// Reads the configurations of these programs. A configuration that several programs share is
/// listed once.
fn read_schemas(paths: &[PathBuf]) -> Result<Vec<&'static Schema>, CliError> {
    let mut schemas: Vec<&'static Schema> = Vec::new();
    for path in paths {
        for schema in artifact::read(path).map_err(CliError::from_artifact)? {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    match (schemas.is_empty(), paths.first()) {
        (true, Some(path)) => Err(CliError::from_artifact(artifact::no_manifest_error(path))),
        _ => Ok(schemas),
    }
}

/// Returns the named configuration, or the only one.
fn choose_schema(schemas: &[&'static Schema], name: Option<&str>) -> Result<&'static Schema, CliError> {
    let names = list_unique_names(schemas);
    let named = schemas.iter().copied().zip(names.iter().map(String::as_str));
    let fitting: Vec<(&'static Schema, &str)> =
        named.filter(|(schema, full)| name.is_none_or(|name| matches_name(schema, full, name))).collect();
    match (fitting.as_slice(), name) {
        ([(only, _)], _) => Ok(only),
        ([], Some(name)) => {
            let short = !name.contains("::");
            let known: Vec<&str> = match short {
                true => schemas.iter().map(|schema| schema.name).collect(),
                false => names.iter().map(String::as_str).collect(),
            };
            Err(CliError::undetermined(redact::unknown_name_message("configuration", name, &known)))
        }
        _ => {
            let names: Vec<&str> = fitting.iter().map(|(_, name)| *name).collect();
            Err(CliError::undetermined(format!("there are several configurations: {}", suggest::format_list(&names)))
                .with_help("name one: --config NAME, with as much of its name as tells it from the others"))
        }
    }
}

/// Returns whether `name` is the end of a configuration's name: `Config`, `settings::Config`,
/// `payments/settings::Config`.
fn matches_name(schema: &Schema, full: &str, name: &str) -> bool {
    let path = format!("{}::{}", schema.module, schema.name);
    full == name || path == name || path.ends_with(&format!("::{name}")) || full.ends_with(&format!("/{name}"))
}

/// Returns a unique name for each configuration: its path with the module. If two configurations
/// share that path, the package that declares them is added. If one package has both, as two
/// programs or two versions, a number in the order of the artifact is added.
fn list_unique_names(schemas: &[&'static Schema]) -> Vec<String> {
    let paths: Vec<String> = schemas.iter().map(|schema| format!("{}::{}", schema.module, schema.name)).collect();
    let with_package =
        |(index, schema): (usize, &&Schema)| match paths.iter().filter(|path| **path == paths[index]).count() {
            1 => paths[index].clone(),
            _ => format!("{}/{}", schema.package, paths[index]),
        };
    let names: Vec<String> = schemas.iter().enumerate().map(with_package).collect();
    let numbered = |(index, name): (usize, &String)| match names.iter().filter(|other| *other == name).count() {
        1 => name.clone(),
        _ => format!("{name}#{}", names[..index].iter().filter(|other| *other == name).count() + 1),
    };
    names.iter().enumerate().map(numbered).collect()
}

/// Plans a stage. The rules for its name are those of a program.
pub(crate) fn plan_stage(
    schema: &'static Schema,
    name: &str,
    left_out: impl Fn(&str) -> bool,
) -> Result<Plan, CliError> {
    let stage = Stage::choose(schema, name)
        .map_err(|error| CliError::from_stage(schema.name, &stage_name::quote_name(name), &error))?;
    Plan::new(schema, stage, left_out)
        .map_err(|error| CliError::undetermined(Lines::from_library(&redact::redact_word(&error.to_string(), name))))
}

/// A stage with its plan and the settings of its AWS identity.
pub(crate) struct StageSession {
    /// The name of the stage in messages: its own name, or the pattern that it was planned for.
    shown: String,
    pub(crate) plan: Plan,
    pub(crate) settings: StageSettings,
    is_profile_given: bool,
}

impl StageSession {
    pub(crate) fn name(&self) -> &str {
        &self.shown
    }

    /// Returns the same stage, shown as this pattern in messages.
    #[must_use]
    pub(crate) fn shown_as(self, pattern: &str) -> Self {
        Self { shown: pattern.to_owned(), ..self }
    }

    /// Returns the field of this path, which [`Session::plan_field`] has checked.
    pub(crate) fn find_field(&self, path: &str) -> Result<&PlannedField, CliError> {
        let field = self.plan.planned_fields().iter().find(|field| field.path() == path);
        field.ok_or_else(|| CliError::undetermined(format!("the stage `{}` has no such field", self.name())))
    }

    /// Connects to AWS with the identity of this stage.
    pub(crate) async fn connect(&self) -> Result<AwsContext, CliError> {
        identity::connect(self.name(), &self.settings, self.is_profile_given).await
    }

    /// Reads the stage as a program would. Loads credentials only if a request to AWS is needed.
    pub(crate) async fn read(&self, mode: ReadMode, variables: VariableSource) -> Result<ReadStage, CliError> {
        let calls = mode != ReadMode::Offline && self.needs_aws(mode, &variables);
        let access = if calls { Some(self.connect().await?) } else { None };
        let options = ReadOptions { mode, aws: access, variables, timeout: READ_TIMEOUT };
        ReadStage::read_stage(&self.plan, &options).await.map_err(CliError::from_manage)
    }

    fn needs_aws(&self, mode: ReadMode, variables: &VariableSource) -> bool {
        let given = |name: &str| match variables {
            VariableSource::Process => std::env::var_os(name).is_some(),
            VariableSource::Deployment(variables) => variables.contains_key(name),
        };
        let mut addresses =
            self.plan.planned_fields().iter().flat_map(|field| field.chain()).map(|source| &source.address);
        addresses.any(|address| match address {
            Address::Parameter { .. } | Address::Secret { .. } => true,
            Address::Sealed { .. } => mode == ReadMode::Values,
            Address::KmsEnv { variable, .. } => mode == ReadMode::Values && given(variable),
            Address::Env { .. } | Address::Value(_) | Address::Custom { .. } => false,
        })
    }
}

#[cfg(test)]
mod tests {
    use stage_config::StageConfig;

    use super::*;

    #[derive(StageConfig)]
    #[stage(dev)]
    struct Config {}

    fn new_schemas(names: &[(&'static str, &'static str, &'static str)]) -> Vec<&'static Schema> {
        let schema = |(package, module, docs): &(&'static str, &'static str, &'static str)| -> &'static Schema {
            Box::leak(Box::new(Schema { docs, package, module, app: package, ..Config::SCHEMA }))
        };
        names.iter().map(schema).collect()
    }

    #[test]
    fn every_configuration_has_a_name_of_its_own() {
        let schemas =
            new_schemas(&[("a", "main", "1"), ("b", "main", "2"), ("b", "main", "3"), ("c", "c::settings", "4")]);
        let chosen = |name: &str| {
            choose_schema(&schemas, Some(name)).map(|schema| schema.docs).map_err(|problem| problem.to_string())
        };
        assert_eq!(chosen("a/main::Config").unwrap(), "1");
        assert_eq!(chosen("b/main::Config#1").unwrap(), "2");
        assert_eq!(chosen("b/main::Config#2").unwrap(), "3");
        assert_eq!(chosen("settings::Config").unwrap(), "4");
        let several = chosen("main::Config").unwrap_err();
        assert!(several.contains("`a/main::Config`, `b/main::Config#1`, `b/main::Config#2`"), "{several}");
        assert!(chosen("Confi").unwrap_err().contains("did you mean `Config`?"));
        assert!(!chosen("Zx9kQ7Wv3Lp5").unwrap_err().contains("Zx9"));
    }
}
