//! `cargo stage check --function`: checks deployed functions against the needs of their own code.
//! It changes no function, and shows no value of a variable.

mod code;
mod job;
mod lookups;
mod needs;
mod plans;
mod report;
mod role;
mod settings;
mod table;
mod targets;
mod variables;

use std::collections::BTreeSet;
use std::process::ExitCode;

use clap::Args;
use stage_config_core::manage::{
    ReadMode, ReadOptions, ReadStage, VariableSource, override_variables,
};
use stage_config_core::{Help, Plan};

use tokio::sync::Mutex;

use super::CheckArguments;
use super::format::CheckFormat;
use crate::aws_facts::AwsFacts;
use crate::deployed::SelectionArguments;
use crate::deployed::{
    DeployedFunction, FunctionName, FunctionPackage, FunctionSession, SelectedFunction,
};
use crate::error::CliError;
use crate::iam::AwsLocation;
use crate::progress::wait_with_progress;
use crate::session::READ_TIMEOUT;
use crate::{invocation, output};
use code::LocalArtifact;
use lookups::Lookups;
use needs::RoleNeeds;
use plans::ProgramPlans;
use report::{Finding, FindingKind, FindingResult, FunctionCheck, FunctionReport};
use role::RoleExamination;
use targets::Skipped;

/// The options that select the deployed functions to check.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Deployed functions")]
pub(crate) struct FunctionArguments {
    #[command(flatten)]
    pub(crate) selection: SelectionArguments,

    /// With --workspace: check the deployed function of each binary
    ///
    /// The name of the function is `function` in [package.metadata.stage], with {stage} and {bin}
    /// as placeholders.
    #[arg(long, requires = "workspace")]
    pub(crate) deployed: bool,
}

impl FunctionArguments {
    /// Returns whether the command checks deployed functions.
    pub(crate) fn is_used(&self) -> bool {
        self.deployed || !self.selection.is_empty()
    }
}

pub(super) async fn run(arguments: &CheckArguments) -> Result<ExitCode, CliError> {
    refuse_other_options(arguments)?;
    let checks = if arguments.functions.deployed {
        targets::check_workspace(arguments).await?
    } else {
        targets::check_named(arguments).await?
    };
    let report = FunctionReport::new(checks);
    match arguments.format() {
        CheckFormat::Json => output::print_json(&report)?,
        CheckFormat::Text => table::print(&report)?,
        CheckFormat::Github => job::print_annotations(&report)?,
        CheckFormat::Markdown => job::print_markdown(&report)?,
    }
    Ok(ExitCode::from(report.result.exit_status()))
}

/// Returns an error if some arguments exclude each other, or if an option is set that only the
/// check of a stage's values uses.
fn refuse_other_options(arguments: &CheckArguments) -> Result<(), CliError> {
    let selection = &arguments.functions.selection;
    let is_selected = !selection.is_empty();
    if arguments.functions.deployed && is_selected {
        return Err(CliError::undetermined(
            "--deployed checks the functions of the workspace, and others are selected too",
        )
        .with_help("remove --deployed and --workspace, or the other functions"));
    }
    let is_one = selection.function.len() == 1 && selection.stack.is_empty();
    if arguments.artifact.artifact.is_some() && !(is_one && selection.tag.is_empty()) {
        return Err(
            CliError::undetermined("an artifact is the code of one function")
                .with_help("name that function only: --function NAME --artifact PATH"),
        );
    }
    let build = &arguments.artifact.build;
    let build_option = [
        (build.release, "--release"),
        (build.bin.is_some(), "--bin"),
        (build.example.is_some(), "--example"),
    ];
    let build_option = build_option.into_iter().find(|(is_used, _)| *is_used);
    let used = [
        (
            arguments.offline,
            "--offline",
            "the check sends requests to AWS",
        ),
        (
            arguments.no_decrypt,
            "--no-decrypt",
            "it reads no value of the stage",
        ),
        (
            arguments.env_file.is_some(),
            "--env-file",
            "it reads the function's variables",
        ),
        (arguments.run.run, "--run", "it runs no program"),
        (
            arguments.workspace.workspace && is_selected,
            "--workspace",
            "it builds nothing: --workspace --deployed checks the functions of the workspace",
        ),
        (
            build_option.is_some() && is_selected,
            build_option.map_or("", |(_, option)| option),
            "it builds nothing",
        ),
    ];
    match used.into_iter().find(|(is_used, ..)| *is_used) {
        Some((_, option, reason)) => Err(CliError::undetermined(format!(
            "{option} cannot be used with a check of deployed functions: {reason}"
        ))
        .with_help(format!("remove {option}"))),
        None => Ok(()),
    }
}

/// Checks the functions of one stage with one identity.
struct FunctionChecker<'a> {
    arguments: &'a CheckArguments,
    session: FunctionSession,
    stage: &'a str,
    lookups: Mutex<Lookups>,
}

impl<'a> FunctionChecker<'a> {
    fn new(
        arguments: &'a CheckArguments,
        session: FunctionSession,
        stage: &'a str,
    ) -> Result<Self, CliError> {
        let facts = AwsFacts::from_stage_settings(&session.settings, None)?;
        Ok(Self {
            arguments,
            session,
            stage,
            lookups: Mutex::new(Lookups::new(facts)),
        })
    }

    /// Checks a function. A function that the arguments do not name, such as one of a stack, may be
    /// skipped.
    async fn check(
        &self,
        selected: &SelectedFunction,
        local: Option<&LocalArtifact>,
    ) -> Result<FunctionCheck, Skipped> {
        let name = selected.name.to_string();
        let check = FunctionCheck::new(name.clone(), self.stage);
        let activity = format!("reading the function {name}");
        let fetch = self.session.clients.fetch_function(&selected.name);
        let function = match wait_with_progress(&activity, fetch).await {
            Ok(function) => function,
            Err(failure) if failure.is_missing && !selected.is_named => return Err(Skipped::Gone),
            Err(failure) => {
                let problem = targets::describe_missing(failure, &name);
                return Ok(check.with_problem(problem));
            }
        };
        if !function.has_own_runtime && !selected.is_named {
            return Err(Skipped::WithoutConfiguration);
        }
        let check = FunctionCheck {
            arn: Some(function.arn.clone()),
            function_version: Some(function.version.clone()),
            ..check
        };
        let code = code::examine(&self.session.clients, &function, local).await;
        let config = self.arguments.artifact.config.as_deref();
        let (plans, mut findings, problem) =
            match ProgramPlans::new(&code.program, self.stage, config) {
                ProgramPlans::WithoutConfiguration(_) if !selected.is_named => {
                    return Err(Skipped::WithoutConfiguration);
                }
                ProgramPlans::WithoutStage(problem) => return Ok(check.with_problem(problem)),
                ProgramPlans::WithoutConfiguration(problem) | ProgramPlans::Unreadable(problem) => {
                    (Vec::new(), Vec::new(), Some(problem))
                }
                ProgramPlans::Unknown => (Vec::new(), Vec::new(), None),
                ProgramPlans::Planned(plans, findings) => (plans, findings, None),
            };

        findings.push(code.finding);
        findings.extend(self.examine_routing(&selected.name).await);
        findings.extend(self.examine_variables(&function, &plans).await);
        let known = variables::read(&function.variables);
        findings.extend(settings::examine(&function, known, code.program.certain()));
        if !plans.is_empty() {
            findings.extend(self.examine_role(&function, &plans).await);
        }
        let configurations = plans.iter().map(|plan| plan.schema().name.to_owned());
        let check = FunctionCheck {
            configurations: configurations.collect(),
            ..check
        };
        let check = check.with_findings(findings, self.arguments.strict);
        Ok(match problem {
            Some(problem) => check.with_problem(problem),
            None => check,
        })
    }

    /// Examines the versions that an alias routes to.
    async fn examine_routing(&self, name: &FunctionName) -> Option<Finding> {
        let finding = |result, detail: String, help: String| {
            Finding::new(FindingKind::Routing, result, "alias", detail, help)
        };
        match self.session.clients.find_other_versions(name).await {
            Ok(versions) if versions.is_empty() => None,
            Ok(versions) => Some(finding(
                FindingResult::Unverified,
                format!("it also routes to version {}", versions.join(", ")),
                format!(
                    "check that version too: --function {}:{}",
                    name.name, versions[0]
                ),
            )),
            Err(failure) => Some(finding(
                FindingResult::Unverified,
                format!(
                    "whether it also routes to another version is not known: {}",
                    failure.problem.message_line()
                ),
                failure.problem.help().to_string(),
            )),
        }
    }

    async fn examine_variables(&self, function: &DeployedFunction, plans: &[Plan]) -> Vec<Finding> {
        let Some(known) = variables::read(&function.variables) else {
            return vec![variables::describe_encrypted()];
        };
        // An image may set variables too, so a variable that is not in the settings of the function
        // is not known to be missing.
        let is_image = matches!(function.package, FunctionPackage::Image { .. });
        let source = if is_image {
            VariableSource::Deployment(known.clone())
        } else {
            VariableSource::Function(known.clone())
        };
        let overrides: Vec<String> = plans
            .iter()
            .flat_map(|plan| override_variables(plan.schema()))
            .collect();
        let mut findings = variables::examine_leftovers(known, &overrides);
        for plan in plans {
            let (schema, stage) = (plan.schema(), plan.stage());
            let stage = variables::examine_stage(known, schema, stage, is_image);
            if !findings.contains(&stage) {
                findings.push(stage);
            }
            // Only the variables are read. No request is sent.
            let options = ReadOptions {
                mode: ReadMode::Offline,
                aws: None,
                variables: source.clone(),
                timeout: READ_TIMEOUT,
            };
            match ReadStage::read_stage(plan, &options).await {
                Ok(reading) => findings.extend(variables::examine_fields(&reading.fields)),
                Err(error) => findings.push(Finding::new(
                    FindingKind::Variable,
                    FindingResult::Unchecked,
                    schema.name,
                    error.message(),
                    error.help.clone(),
                )),
            }
        }
        findings
    }

    async fn examine_role(&self, function: &DeployedFunction, plans: &[Plan]) -> Vec<Finding> {
        let mut lookups = self.lookups.lock().await;
        let (aws, region) = (&self.session.aws, &function.region);
        lookups.facts.location = AwsLocation {
            account: Some(function.account.clone()),
            region: Some(function.region.clone()),
            partition: Some(function.partition.clone()),
        };
        let mut needs = RoleNeeds::default();
        let mut notes = BTreeSet::new();
        for plan in plans {
            notes.extend(lookups.look_up_keys(aws, &needs::list_lookups(plan)).await);
            needs.add(plan, function, &lookups.facts);
        }
        lookups.look_up_secrets(aws, &needs.secrets, region).await;
        needs.replace_secret_arns(&lookups.secret_arns);
        let needs = needs.finish();

        let examination = RoleExamination {
            clients: &self.session.clients,
            function,
            stage: self.stage,
            has_local: self.arguments.artifact.artifact.is_some(),
        };
        let mut findings = examination.examine(&needs).await;
        findings.extend(notes.into_iter().map(|note| {
            let (kind, result) = (FindingKind::Key, FindingResult::Unverified);
            let command = invocation::stage_command("iam", self.stage);
            let command = format!("{command} --for check --function {}", function.name.name);
            let help = Help::run_to("print what these credentials need", command);
            Finding::new(kind, result, "key", note, help)
        }));
        findings
    }
}

/// Reads the artifact that `--artifact` names. Returns `None` without this option.
fn read_local(arguments: &CheckArguments) -> Result<Option<LocalArtifact>, CliError> {
    let path = arguments.artifact.artifact.as_deref();
    path.map(LocalArtifact::read).transpose()
}
