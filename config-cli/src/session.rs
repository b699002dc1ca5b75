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
use crate::{identity, programs, shown};

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
        Err(Problem::unchecked(shown::unknown("field", field, &known)))
    }

    fn planned(
        &self,
        name: &str,
        given: &IdentityArguments,
        left_out: impl Fn(&str) -> bool,
    ) -> Result<OneStage, Problem> {
        let refused = |error: stage_config_core::Error| {
            let text = shown::hide(&error.to_string(), name);
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
    let names = names(schemas);
    let named = schemas.iter().copied().zip(names.iter().map(String::as_str));
    let fitting: Vec<(&'static Schema, &str)> =
        named.filter(|(schema, full)| name.is_none_or(|name| fits(schema, full, name))).collect();
    match (fitting.as_slice(), name) {
        ([(only, _)], _) => Ok(only),
        ([], Some(name)) => {
            let short = !name.contains("::");
            let known: Vec<&str> = match short {
                true => schemas.iter().map(|schema| schema.name).collect(),
                false => names.iter().map(String::as_str).collect(),
            };
            Err(Problem::unchecked(shown::unknown("configuration", name, &known)))
        }
        _ => {
            let names: Vec<&str> = fitting.iter().map(|(_, name)| *name).collect();
            Err(Problem::unchecked(format!("there are several configurations: {}", suggest::list(&names)))
                .remedy("name one: --config NAME, with as much of its name as tells it from the others"))
        }
    }
}

/// Whether `name` is the end of a configuration's name: `Config`, `settings::Config`, `payments/settings::Config`.
fn fits(schema: &Schema, full: &str, name: &str) -> bool {
    let path = format!("{}::{}", schema.module, schema.name);
    full == name || path == name || path.ends_with(&format!("::{name}")) || full.ends_with(&format!("/{name}"))
}

/// A name for each configuration that no other one has: with its module; where two share that, with the package that declares it;
/// where one package has it twice, as two programs or two versions, with its number in the order of the artifact.
fn names(schemas: &[&'static Schema]) -> Vec<String> {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn schemas(of: &[(&'static str, &'static str, &'static str)]) -> Vec<&'static Schema> {
        let schema = |(package, module, docs): &(&'static str, &'static str, &'static str)| -> &'static Schema {
            Box::leak(Box::new(Schema {
                name: "Config",
                docs,
                package,
                module,
                app: package,
                stage_var: None,
                default_stage: None,
                preview: None,
                accounts: &[],
                schemes: &[],
                batch_secrets: false,
                inherit: false,
                stages: &["dev"],
                fallback: false,
                validated: false,
                templates: &[],
                fields: &[],
                sealed: &[],
                snapshot: None,
            }))
        };
        of.iter().map(schema).collect()
    }

    #[test]
    fn every_configuration_has_a_name_of_its_own() {
        let of = schemas(&[("a", "main", "1"), ("b", "main", "2"), ("b", "main", "3"), ("c", "c::settings", "4")]);
        let chosen =
            |name: &str| choose(&of, Some(name)).map(|schema| schema.docs).map_err(|problem| problem.to_string());
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
