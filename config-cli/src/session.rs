//! What a verb works on: a configuration, read from what was built, and a stage of it.

use std::path::PathBuf;
use std::time::Duration;

use stage_config_cli::artifact;
use stage_config_core::manage::{Access, Depth, ReadOptions, Reading, Variables};
use stage_config_core::{Plan, PlannedField, Schema, Stage};
use stage_config_grammar::source::Address;
use stage_config_grammar::suggest;

use crate::args::{ArtifactArguments, IdentityArguments};
use crate::package::{Package, StageSettings};
use crate::problem::Problem;
use crate::{identity, programs};

/// How long a stage may take to be read, credentials excluded.
const PATIENCE: Duration = Duration::from_secs(30);

/// A configuration, and what Cargo.toml says of its stages.
pub(crate) struct Session {
    pub(crate) schema: &'static Schema,
    /// `None` where only an artifact is at hand.
    pub(crate) package: Option<Package>,
}

impl Session {
    /// Builds and reads.
    pub(crate) fn open(arguments: &ArtifactArguments) -> Result<Self, Problem> {
        let paths = match &arguments.artifact {
            Some(path) => vec![path.clone()],
            None => programs::built(&arguments.build)?,
        };
        let schema = choose(&carried(&paths)?, arguments.config.as_deref())?;
        let package = Package::around(arguments, schema.package).map_err(Problem::into_unchecked)?;
        Ok(Self { schema, package })
    }

    /// One stage of it, by the rules for names that a program has.
    pub(crate) fn stage(&self, name: &str, given: &IdentityArguments) -> Result<OneStage, Problem> {
        self.planned(name, given, |_| false)
    }

    /// One stage of it, of which one field alone is planned.
    pub(crate) fn field(&self, name: &str, given: &IdentityArguments, field: &str) -> Result<OneStage, Problem> {
        self.check_field(field)?;
        self.planned(name, given, |path| path != field)
    }

    /// Refuses what is no field. A word that is like none of them is not repeated: it may be a value in the wrong place.
    pub(crate) fn check_field(&self, field: &str) -> Result<(), Problem> {
        let leaves = self.schema.leaves();
        let known: Vec<&str> = leaves.iter().map(|leaf| leaf.path.as_str()).collect();
        if known.contains(&field) {
            return Ok(());
        }
        let is_near = suggest::closest(field, known.iter().copied()).is_some();
        let named = if is_near { format!("field `{field}`") } else { "such field".to_owned() };
        Err(Problem::unchecked(format!("there is no {named}: {}", suggest::expected_one_of(field, &known))))
    }

    fn planned(
        &self,
        name: &str,
        given: &IdentityArguments,
        left_out: impl Fn(&str) -> bool,
    ) -> Result<OneStage, Problem> {
        let refused = |error: stage_config_core::Error| {
            let text = error.to_string();
            match text.split_once(" Remedy: ") {
                // The library speaks of the variable that names the stage; here an option does.
                Some((what, remedy)) => {
                    let variable = format!("set `{}` to one of", self.schema.stage_variable());
                    let remedy = remedy.replace(&variable, "give --stage one of");
                    Problem::unchecked(what.trim_end_matches('.')).remedy(remedy)
                }
                None => Problem::unchecked(text),
            }
        };
        let stage = Stage::choose(self.schema, name).map_err(refused)?;
        let plan = Plan::new(self.schema, stage, left_out).map_err(refused)?;
        let mut settings = self.settings(name, given);
        identity::check(&settings)?;
        self.with_account(name, &plan, &mut settings)?;
        Ok(OneStage { settings, given_profile: given.profile.is_some(), plan })
    }

    /// Where nothing else is said, the struct's `account(…)` is the stage's: what is asked for by name comes from the account of
    /// the credentials, and a load would refuse it from any other.
    fn with_account(&self, name: &str, plan: &Plan, settings: &mut StageSettings) -> Result<(), Problem> {
        let own = self.schema.accounts.iter().find(|(stage, _)| *stage == name).map(|(_, account)| *account);
        let by_name = |address: &Address| {
            matches!(address, Address::Parameter { .. } | Address::Secret { .. }) && address.arn().is_none()
        };
        let mut addresses = plan.planned().iter().flat_map(PlannedField::chain).map(|source| &source.address);
        let Some(own) = own.filter(|_| addresses.any(by_name)) else { return Ok(()) };
        match &settings.account {
            Some(given) if given != own => {
                let what =
                    format!("the stage `{name}` is in account {given}, and the struct's `account(…)` says {own}");
                Err(Problem::unchecked(what).remedy("change one of them: Cargo.toml, --account, or the struct"))
            }
            _ => {
                settings.account = Some(own.to_owned());
                Ok(())
            }
        }
    }

    /// What is said of a stage, or of a pattern over stages.
    pub(crate) fn settings(&self, name: &str, given: &IdentityArguments) -> StageSettings {
        let IdentityArguments { region, profile, role_arn, account } = given;
        let given = StageSettings {
            region: region.clone(),
            profile: profile.clone(),
            role_arn: role_arn.clone(),
            account: account.clone(),
            kms_key: None,
        };
        match &self.package {
            Some(package) => given.or(&package.stage(name)),
            None => given,
        }
    }
}

/// What these programs carry: one configuration once, also where several of them have it.
fn carried(paths: &[PathBuf]) -> Result<Vec<&'static Schema>, Problem> {
    let mut schemas: Vec<&'static Schema> = Vec::new();
    for path in paths {
        for schema in artifact::read(path).map_err(Problem::of_artifact)? {
            if !schemas.contains(&schema) {
                schemas.push(schema);
            }
        }
    }
    match (schemas.is_empty(), paths.first()) {
        (true, Some(path)) => Err(Problem::of_artifact(artifact::absent(path))),
        _ => Ok(schemas),
    }
}

/// The configuration that is named, or the only one.
fn choose(schemas: &[&'static Schema], name: Option<&str>) -> Result<&'static Schema, Problem> {
    let full = |schema: &Schema| format!("{}::{}", schema.module, schema.name);
    let fits = |schema: &Schema, name: &str| {
        let full = full(schema);
        full == name || full.ends_with(&format!("::{name}"))
    };
    let fitting: Vec<&'static Schema> =
        schemas.iter().copied().filter(|schema| name.is_none_or(|name| fits(schema, name))).collect();
    match (fitting.as_slice(), name) {
        ([only], _) => Ok(only),
        ([], Some(name)) => {
            let shown = |schema: &&'static Schema| {
                if name.contains("::") { full(schema) } else { schema.name.to_owned() }
            };
            let known: Vec<String> = schemas.iter().map(shown).collect();
            let known: Vec<&str> = known.iter().map(String::as_str).collect();
            let expected = suggest::expected_one_of(name, &known);
            Err(Problem::unchecked(format!("there is no configuration `{name}`: {expected}")))
        }
        _ => {
            let names: Vec<String> = fitting.iter().map(|schema| full(schema)).collect();
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            Err(Problem::unchecked(format!("there are several configurations: {}", suggest::list(&names)))
                .remedy("name one: --config NAME, with as many of its modules as tell it from the others"))
        }
    }
}

/// A stage with its plan, and whose credentials it takes.
pub(crate) struct OneStage {
    pub(crate) plan: Plan,
    pub(crate) settings: StageSettings,
    given_profile: bool,
}

impl OneStage {
    pub(crate) fn name(&self) -> &str {
        self.plan.stage().name()
    }

    /// The field of this path, which [`Session::field`] has checked.
    pub(crate) fn planned_field(&self, path: &str) -> Result<&PlannedField, Problem> {
        let field = self.plan.planned().iter().find(|field| field.path() == path);
        field.ok_or_else(|| Problem::unchecked(format!("the stage `{}` has no such field", self.name())))
    }

    /// Access to AWS, as whoever works on this stage.
    pub(crate) async fn access(&self) -> Result<Access, Problem> {
        identity::access(self.name(), &self.settings, self.given_profile).await
    }

    /// Reads the stage as a program would. Credentials are made only where something is to be called.
    pub(crate) async fn read(&self, depth: Depth, variables: Variables) -> Result<Reading, Problem> {
        let calls = depth != Depth::Offline && self.needs_aws(depth, &variables);
        let access = if calls { Some(self.access().await?) } else { None };
        let options = ReadOptions { depth, access, variables, deadline: PATIENCE };
        Reading::of(&self.plan, &options).await.map_err(Problem::of_manage)
    }

    fn needs_aws(&self, depth: Depth, variables: &Variables) -> bool {
        let given = |name: &str| match variables {
            Variables::OfProcess => std::env::var_os(name).is_some(),
            Variables::OfDeployment(variables) => variables.contains_key(name),
        };
        let mut addresses = self.plan.planned().iter().flat_map(|field| field.chain()).map(|source| &source.address);
        addresses.any(|address| match address {
            Address::Parameter { .. } | Address::Secret { .. } => true,
            Address::Sealed { .. } => depth == Depth::Values,
            Address::KmsEnv { variable, .. } => depth == Depth::Values && given(variable),
            Address::Env { .. } | Address::Value(_) | Address::Custom { .. } => false,
        })
    }
}
