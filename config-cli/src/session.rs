//! The input of a verb: a configuration that is read from a built artifact, and one of its stages.

mod one_field;
mod other_stages;

use std::path::PathBuf;
use std::time::Duration;

use stage_config_core::manage::{
    AwsContext, ProgramVariable, ReadMode, ReadOptions, ReadStage, VariableSource,
};
use stage_config_core::{Plan, PlannedField, Schema, Stage};
use stage_config_grammar::source::Address;
use zeroize::Zeroizing;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::error::CliError;
use crate::package::{Package, StageSettings};
use crate::progress::wait_with_progress;
use crate::{cargo_build, identity, redact, schema_choice, stage_name};
pub(crate) use other_stages::OtherStage;

/// The maximum time for reading a stage, or an older version of a value. It does not include the
/// time for credentials.
pub(crate) const READ_TIMEOUT: Duration = Duration::from_secs(30);

/// A configuration and the settings of its stages in Cargo.toml.
pub(crate) struct Session {
    pub(crate) schema: &'static Schema,
    /// The artifacts that load the configuration: the artifact that the arguments name, or programs
    /// of the build.
    pub(crate) artifacts: Vec<PathBuf>,
    /// It is `None` if the arguments name no Cargo.toml, and none is found.
    pub(crate) package: Option<Package>,
}

impl Session {
    /// Builds the programs, unless the arguments name an artifact, and reads the configuration.
    pub(crate) fn open(arguments: &ArtifactArguments) -> Result<Self, CliError> {
        let paths = match &arguments.artifact {
            Some(path) => vec![path.clone()],
            None => cargo_build::build_programs(&arguments.build)?,
        };
        let (schema, artifacts) = schema_choice::choose_schema(paths, arguments.config.as_deref())?;
        let package = Package::find_for_artifact(arguments, schema.package)
            .map_err(CliError::into_undetermined)?;
        Ok(Self {
            schema,
            artifacts,
            package,
        })
    }

    /// Plans a stage. Its name must follow the rules of a load.
    pub(crate) fn plan_stage(
        &self,
        name: &str,
        options: &IdentityArguments,
    ) -> Result<StageSession, CliError> {
        self.plan(name, options, |_| false)
    }

    fn plan(
        &self,
        name: &str,
        options: &IdentityArguments,
        is_omitted: impl Fn(&str) -> bool,
    ) -> Result<StageSession, CliError> {
        let stage = stage_name::choose(self.schema, name, name)?;
        let plan = plan_stage(self.schema, stage, is_omitted)?;
        let mut settings = self.stage_settings(name, options);
        identity::check_settings(&settings)?;
        self.apply_account(name, &plan, &mut settings)?;
        let owners = if plan.stage().is_fallback() {
            self.plan_other_stages(|other| other == name)
        } else {
            Vec::new()
        };
        Ok(StageSession {
            display_name: name.to_owned(),
            settings,
            is_profile_given: options.profile.is_some(),
            plan,
            key: None,
            owners,
        })
    }

    /// Returns the given stages, each once, or the declared stages if none is given.
    pub(crate) fn list_stage_names<'a>(&self, given: &'a [String]) -> Vec<&'a str> {
        if given.is_empty() {
            return self.schema.stages.to_vec();
        }
        let mut names: Vec<&str> = Vec::new();
        for name in given {
            if !names.contains(&name.as_str()) {
                names.push(name);
            }
        }
        names
    }

    /// Returns the account of a stage in the struct's `account(…)`.
    fn find_declared_account(&self, name: &str) -> Option<&'static str> {
        let mut accounts = self.schema.accounts.iter();
        let found = accounts.find(|(stage, _)| *stage == name);
        found.map(|(_, account)| *account)
    }

    /// Uses the struct's `account(…)` as the account of the stage if a source in AWS has no ARN and
    /// no role. Returns an error if another account is set. A load reads a parameter or secret
    /// without an ARN from the account of its credentials, and refuses a value from any other
    /// account than `account(…)`.
    fn apply_account(
        &self,
        name: &str,
        plan: &Plan,
        settings: &mut StageSettings,
    ) -> Result<(), CliError> {
        let declared = self.find_declared_account(name);
        let uses_stage_account = |address: &Address| {
            address.is_in_service() && address.arn().is_none() && address.role().is_none()
        };
        let mut addresses = plan
            .planned_fields()
            .iter()
            .flat_map(PlannedField::chain)
            .map(|source| &source.address);
        let Some(declared) = declared.filter(|_| addresses.any(uses_stage_account)) else {
            return Ok(());
        };
        match &settings.account {
            Some(account) if account != declared => {
                let message = format!(
                    "the stage `{name}` is in account {account}, and the struct's `account(…)` \
                     says {declared}"
                );
                Err(CliError::undetermined(message)
                    .with_help("change one of them: Cargo.toml, --account, or the struct"))
            }
            _ => {
                settings.account = Some(declared.to_owned());
                Ok(())
            }
        }
    }

    /// Returns the settings of a stage or of a pattern of stages: the options first, then
    /// Cargo.toml.
    pub(crate) fn stage_settings(&self, name: &str, options: &IdentityArguments) -> StageSettings {
        let settings = StageSettings::from_options(options);
        match &self.package {
            Some(package) => settings.or(&package.stage_settings(name)),
            None => settings,
        }
    }
}

/// Plans a stage that [`choose`](stage_name::choose) returned.
pub(crate) fn plan_stage(
    schema: &'static Schema,
    stage: Stage,
    is_omitted: impl Fn(&str) -> bool,
) -> Result<Plan, CliError> {
    let name = stage.name().to_owned();
    Plan::new(schema, stage, is_omitted).map_err(|error| {
        let place = format!(
            "configuration `{}`, stage {}",
            schema.name,
            stage_name::quote_name(&name)
        );
        CliError::from_library(&place, &error, |failure| {
            (
                redact::redact_word(&failure.message(), &name),
                failure.help().clone(),
            )
        })
    })
}

/// A stage with its plan and the settings of its AWS identity.
pub(crate) struct StageSession {
    /// The name of the stage in messages: its name, or the pattern that it was planned for.
    display_name: String,
    pub(crate) plan: Plan,
    /// The parameter that the command names, if its field reads a path. The field then reads only
    /// this parameter.
    key: Option<String>,
    pub(crate) settings: StageSettings,
    /// The declared stages, if this stage is undeclared. Otherwise, the list is empty. A fallback
    /// source that a declared stage also reads belongs to the declared stage.
    pub(crate) owners: Vec<OtherStage>,
    is_profile_given: bool,
}

impl StageSession {
    pub(crate) fn name(&self) -> &str {
        &self.display_name
    }

    /// Returns the same stage. Messages name it by this pattern.
    #[must_use]
    pub(crate) fn with_display_name(self, pattern: &str) -> Self {
        Self {
            display_name: pattern.to_owned(),
            ..self
        }
    }

    /// Connects to AWS with the identity of this stage.
    pub(crate) async fn connect(&self) -> Result<AwsContext, CliError> {
        let place = format!("the stage `{}`", self.name());
        identity::connect(&place, &self.settings, self.is_profile_given).await
    }

    /// Reads the stage as a program would. Loads credentials only if a request to AWS is needed.
    pub(crate) async fn read(
        &self,
        mode: ReadMode,
        variables: VariableSource,
    ) -> Result<ReadStage, CliError> {
        self.read_over(&mut Connections::default(), mode, variables)
            .await
    }

    /// Reads the stage like [`read`](Self::read). A progress line names the stage.
    pub(crate) async fn read_with_progress(
        &self,
        mode: ReadMode,
        variables: VariableSource,
    ) -> Result<ReadStage, CliError> {
        self.read_over_with_progress(&mut Connections::default(), mode, variables)
            .await
    }

    /// Reads the stage like [`read_over`](Self::read_over). A progress line names the stage.
    pub(crate) async fn read_over_with_progress(
        &self,
        connections: &mut Connections,
        mode: ReadMode,
        variables: VariableSource,
    ) -> Result<ReadStage, CliError> {
        let activity = format!("reading the stage `{}`", self.name());
        wait_with_progress(&activity, self.read_over(connections, mode, variables)).await
    }

    /// Reads the stage like [`read`](Self::read). Uses the connection of an earlier read of the
    /// same stage with the same settings, if there is one.
    pub(crate) async fn read_over(
        &self,
        connections: &mut Connections,
        mode: ReadMode,
        variables: VariableSource,
    ) -> Result<ReadStage, CliError> {
        let needs_aws = mode != ReadMode::Offline && self.needs_aws(mode, &variables);
        let aws = if needs_aws {
            Some(connections.find(self).await?)
        } else {
            None
        };
        let options = ReadOptions {
            mode,
            aws,
            variables,
            timeout: READ_TIMEOUT,
        };
        Ok(ReadStage::read_stage(&self.plan, &options).await?)
    }

    /// Returns the variables for the program that `cargo stage check --run` starts. They give the
    /// program the AWS identity of the stage. Refuses credentials of another account than the
    /// stage's. If the settings name no account, profile or role, and no source needs AWS, the
    /// variables contain only the region of the settings, and the program inherits the rest.
    pub(crate) async fn program_variables(
        &self,
        connections: &mut Connections,
        deployment: &VariableSource,
    ) -> Result<Vec<ProgramVariable>, CliError> {
        let StageSettings {
            account,
            profile,
            role_arn,
            region,
            ..
        } = &self.settings;
        let is_identity_set = [account, profile, role_arn]
            .into_iter()
            .any(Option::is_some);
        let new_variable = |name: &str, value: &str| -> ProgramVariable {
            (name.to_owned(), Some(Zeroizing::new(value.to_owned())))
        };
        let mut variables = if is_identity_set || self.needs_aws(ReadMode::Values, deployment) {
            connections.find(self).await?.program_variables().await?
        } else {
            let region = region.as_deref();
            Vec::from_iter(region.map(|region| new_variable("AWS_REGION", region)))
        };
        let profile = identity::choose_profile(&self.settings, self.is_profile_given);
        variables.extend(profile.map(|profile| new_variable("AWS_PROFILE", profile)));
        Ok(variables)
    }

    fn needs_aws(&self, mode: ReadMode, variables: &VariableSource) -> bool {
        let is_set = |name: &str| match variables {
            VariableSource::Process => std::env::var_os(name).is_some(),
            VariableSource::Deployment(variables) | VariableSource::Function(variables) => {
                variables.contains_key(name)
            }
        };
        let mut addresses = self
            .plan
            .planned_fields()
            .iter()
            .flat_map(|field| field.chain())
            .map(|source| &source.address);
        addresses.any(|address| match address {
            Address::Sealed { .. } => mode == ReadMode::Values,
            Address::KmsEnv { variable, .. } => mode == ReadMode::Values && is_set(variable),
            address => address.is_in_service(),
        })
    }
}

/// The connections of a command that uses the same stage several times: for several configurations,
/// for a read and for writes, or for its own read and for the program that it runs. The command
/// connects once for each identity of a stage, and requests the account of the identity once.
#[derive(Default)]
pub(crate) struct Connections(Vec<Connection>);

struct Connection {
    stage: String,
    settings: StageSettings,
    result: Result<AwsContext, CliError>,
}

impl Connections {
    /// Returns the connection of a stage, which is made at the first call.
    pub(crate) async fn find(&mut self, stage: &StageSession) -> Result<AwsContext, CliError> {
        let known = self
            .0
            .iter()
            .find(|known| known.stage == stage.name() && known.settings == stage.settings);
        if let Some(known) = known {
            return known.result.clone();
        }
        let result = stage.connect().await;
        self.0.push(Connection {
            stage: stage.name().to_owned(),
            settings: stage.settings.clone(),
            result: result.clone(),
        });
        result
    }
}
