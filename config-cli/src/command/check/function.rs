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
use crate::aws_facts::AwsFacts;
use crate::deployed::SelectionArguments;
use crate::deployed::{
    DeployedFunction, FunctionName, FunctionPackage, FunctionSession, SelectedFunction,
};
use crate::error::CliError;
use crate::iam::AwsLocation;
use crate::progress::wait_with_progress;
use crate::session::{self, READ_TIMEOUT};
use crate::{output, schema_choice, stage_name};
use code::{ExaminedProgram, LocalArtifact};
use needs::RoleNeeds;
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

/// Refuses the options of a check that reads the values of a stage.
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
        let is_image = matches!(function.package, FunctionPackage::Image { .. });
        let planned = match &code.program {
            ExaminedProgram::NotAProgram(_) if !selected.is_named => {
                return Err(Skipped::WithoutConfiguration);
            }
            ExaminedProgram::Unknown if is_image && !selected.is_named => {
                return Err(Skipped::Image);
            }
            ExaminedProgram::NotAProgram(problem) => Err(problem.clone()),
            program => match program.for_manifest() {
                Some(program) => self.plan(program),
                None => Ok(PlannedPrograms::default()),
            },
        };
        let planned = match planned {
            Ok(planned) if planned.is_without_manifest && !selected.is_named => {
                return Err(Skipped::WithoutConfiguration);
            }
            Ok(planned) if planned.is_without_manifest => Err(CliError::from(
                artifact::no_manifest_error(&format!("the code of {name}")),
            )),
            planned => planned,
        };
        let (planned, problem) = match planned {
            Ok(planned) => (planned, None),
            Err(problem) => (PlannedPrograms::default(), Some(problem)),
        };

        let mut findings = vec![code.finding];
        findings.extend(self.examine_routing(&selected.name).await);
        findings.extend(planned.findings);
        findings.extend(self.examine_variables(&function, &planned.plans).await);
        let known = variables::read(&function.variables);
        findings.extend(settings::examine(&function, known, code.program.certain()));
        if !planned.plans.is_empty() {
            findings.extend(self.examine_role(&function, &planned.plans).await);
        }
        let configurations = planned
            .plans
            .iter()
            .map(|plan| plan.schema().name.to_owned());
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

    /// Plans the stage of each configuration of a program. A configuration without this stage is a
    /// finding, unless no configuration has it.
    fn plan(&self, program: &Program) -> Result<PlannedPrograms, CliError> {
        let schemas: Vec<&'static Schema> = program.decode_schemas()?;
        let mut planned = PlannedPrograms {
            is_without_manifest: schemas.is_empty(),
            ..PlannedPrograms::default()
        };
        let chosen = match &self.arguments.artifact.config {
            Some(config) if !schemas.is_empty() => {
                vec![schema_choice::find_schema(&schemas, Some(config))?]
            }
            _ => schemas,
        };
        let mut problems = Vec::new();
        for schema in chosen {
            let plan = stage_name::choose(schema, self.stage, self.stage)
                .and_then(|stage| session::plan_stage(schema, stage, |_| false));
            match plan {
                Ok(plan) => planned.plans.push(plan),
                Err(problem) => problems.push(problem),
            }
        }
        match problems.pop() {
            Some(only) if planned.plans.is_empty() => return Err(only),
            last => problems.extend(last),
        }
        let to_finding = |problem: &CliError| {
            let (kind, result) = (FindingKind::Stage, FindingResult::Unchecked);
            Finding::new(kind, result, "", problem.message_line(), problem.help())
        };
        planned.findings = problems.iter().map(to_finding).collect();
        Ok(planned)
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
        // An image may set variables too.
        let is_image = matches!(function.package, FunctionPackage::Image { .. });
        let source = if is_image {
            VariableSource::Deployment(known.clone())
        } else {
            VariableSource::Function(known.clone())
        };
        let fields: Vec<String> = plans
            .iter()
            .flat_map(|plan| variables::list_field_names(plan.schema()))
            .collect();
        let mut findings = variables::examine_leftovers(known, &fields);
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
        let mut findings = examination.examine(needs).await;
        findings.extend(facts.notes.into_iter().map(|note| {
            let (kind, result) = (FindingKind::Key, FindingResult::Unverified);
            let help = "print what these credentials need: cargo stage iam --for check";
            Finding::new(kind, result, "lookups", note, help)
        }));
        findings
    }
}

/// The plans of the configurations of a program, and the findings about those without one.
#[derive(Default)]
struct PlannedPrograms {
    plans: Vec<Plan>,
    findings: Vec<Finding>,
    is_without_manifest: bool,
}

/// Reads the artifact of the arguments.
fn read_local(arguments: &CheckArguments) -> Result<Option<LocalArtifact>, CliError> {
    let path = arguments.artifact.artifact.as_deref();
    path.map(LocalArtifact::read).transpose()
}
