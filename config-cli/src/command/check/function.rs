//! `cargo stage check --function`: checks what runs, against the needs of its own code. Nothing of
//! a function is changed, and no value of a variable is shown.

mod code;
mod job;
mod needs;
mod report;
mod role;
mod settings;
mod table;
mod targets;
mod variables;

use std::process::ExitCode;

use clap::Args;
use stage_config_cli::artifact::{self, Program};
use stage_config_core::manage::{ReadMode, ReadOptions, ReadStage, VariableSource};
use stage_config_core::{Plan, Schema};

use super::CheckArguments;
use super::format::CheckFormat;
use crate::args::SelectionArguments;
use crate::aws_facts::AwsFacts;
use crate::deployed::{DeployedFunction, FunctionSession, SelectedFunction};
use crate::error::CliError;
use crate::iam::AwsLocation;
use crate::progress::wait_with_progress;
use crate::session::{self, READ_TIMEOUT};
use crate::{output, schema_choice, stage_name};
use code::LocalArtifact;
use needs::RoleNeeds;
use report::{Finding, FunctionCheck, FunctionReport};
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

/// Refuses the options of a check that reads the values of a stage.
fn refuse_other_options(arguments: &CheckArguments) -> Result<(), CliError> {
    let is_selected = !arguments.functions.selection.is_empty();
    let used = [
        (arguments.offline, "--offline"),
        (arguments.no_decrypt, "--no-decrypt"),
        (arguments.env_file.is_some(), "--env-file"),
        (arguments.run.run, "--run"),
        (arguments.workspace.workspace && is_selected, "--workspace"),
    ];
    match used.into_iter().find(|(is_used, _)| *is_used) {
        Some((_, option)) => Err(CliError::undetermined(format!(
            "{option} does not belong to a check of deployed functions, which reads no value of \
             the stage"
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
}

impl FunctionChecker<'_> {
    /// Checks a function. A function that was not named itself may be skipped.
    async fn check(
        &self,
        selected: &SelectedFunction,
        local: Option<&LocalArtifact>,
    ) -> Result<FunctionCheck, Skipped> {
        let name = selected.name.to_string();
        let activity = format!("reading the function {name}");
        let fetch = self.session.clients.fetch_function(&selected.name);
        let function = match wait_with_progress(&activity, fetch).await {
            Ok(function) => function,
            Err(failure) if failure.is_missing && !selected.is_named => return Err(Skipped::Gone),
            Err(failure) => {
                let problem = targets::describe_missing(failure, &name);
                return Ok(FunctionCheck::from_problem(name, self.stage, problem));
            }
        };
        if !function.has_own_runtime && !selected.is_named {
            return Err(Skipped::WithoutConfiguration);
        }
        let mut check = FunctionCheck {
            arn: Some(function.arn.clone()),
            function_version: Some(function.version.clone()),
            ..FunctionCheck::from_problem(name.clone(), self.stage, CliError::undetermined(""))
        };
        check.problem = None;

        let code = code::examine(&self.session.clients, &function, local).await;
        let program = code.program.as_ref().map(code::ProgramOf::get);
        let plans = match program.map(|program| self.plan(&name, program)) {
            None => Vec::new(),
            Some(Ok(plans)) if plans.is_empty() && !selected.is_named => {
                return Err(Skipped::WithoutConfiguration);
            }
            Some(Ok(plans)) if plans.is_empty() => {
                let error = artifact::no_manifest_error(&format!("the code of {name}"));
                check.problem = Some(CliError::from(error).complete_help());
                return Ok(check);
            }
            Some(Ok(plans)) => plans,
            Some(Err(problem)) => {
                check.problem = Some(problem.complete_help());
                return Ok(check);
            }
        };
        check.configurations = plans
            .iter()
            .map(|plan| plan.schema().name.to_owned())
            .collect();

        let mut findings = vec![code.finding];
        findings.extend(self.examine_variables(&function, &plans).await);
        let known = variables::read(&function.variables);
        findings.extend(settings::examine(&function, known, program));
        if !plans.is_empty() {
            findings.extend(self.examine_role(&function, &plans).await);
        }
        Ok(check.with_findings(findings, self.arguments.strict))
    }

    /// Plans the stage of each configuration of a program.
    fn plan(&self, name: &str, program: &Program) -> Result<Vec<Plan>, CliError> {
        let schemas: Vec<&'static Schema> = program.decode_schemas()?;
        if schemas.is_empty() {
            return Ok(Vec::new());
        }
        let chosen = match &self.arguments.artifact.config {
            Some(config) => vec![schema_choice::find_schema(&schemas, Some(config))?],
            None => schemas,
        };
        chosen
            .into_iter()
            .map(|schema| {
                let stage = stage_name::choose(schema, self.stage, self.stage)?;
                session::plan_stage(schema, stage, |_| false)
            })
            .map(|plan: Result<Plan, CliError>| {
                plan.map_err(|problem| problem.within(&format!("the function {name}")))
            })
            .collect()
    }

    async fn examine_variables(&self, function: &DeployedFunction, plans: &[Plan]) -> Vec<Finding> {
        let Some(known) = variables::read(&function.variables) else {
            return vec![variables::describe_encrypted()];
        };
        let mut findings = variables::examine_leftovers(known);
        for plan in plans {
            let stage = variables::examine_stage(known, plan.schema(), plan.stage());
            if !findings.contains(&stage) {
                findings.push(stage);
            }
            // Only the variables are read. No request is sent.
            let options = ReadOptions {
                mode: ReadMode::Offline,
                aws: None,
                variables: VariableSource::Deployment(known.clone()),
                timeout: READ_TIMEOUT,
            };
            if let Ok(reading) = ReadStage::read_stage(plan, &options).await {
                findings.extend(variables::examine_fields(known, &reading.fields));
            }
        }
        findings
    }

    async fn examine_role(&self, function: &DeployedFunction, plans: &[Plan]) -> Vec<Finding> {
        let mut facts = match AwsFacts::from_stage_settings(&self.session.settings, None) {
            Ok(facts) => facts,
            Err(problem) => return vec![role::describe_problem(&problem)],
        };
        facts.location = AwsLocation {
            account: Some(function.account.clone()),
            region: Some(function.region.clone()),
            partition: Some(function.partition.clone()),
        };
        let mut needs = RoleNeeds::default();
        for plan in plans {
            let lookups = needs::list_lookups(plan);
            facts.look_up_with(&self.session.aws, &lookups).await;
        }
        for plan in plans {
            needs.add(plan, function, &facts);
        }
        let examination = RoleExamination {
            clients: &self.session.clients,
            aws: &self.session.aws,
            function,
            stage: self.stage,
        };
        examination.examine(&needs.finish()).await
    }
}

/// Reads the artifact of the arguments.
fn read_local(arguments: &CheckArguments) -> Result<Option<LocalArtifact>, CliError> {
    let path = arguments.artifact.artifact.as_deref();
    path.map(LocalArtifact::read).transpose()
}
