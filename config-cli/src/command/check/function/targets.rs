//! The functions to check, and their stages and identities.

use std::collections::{BTreeMap, BTreeSet};

use super::code::LocalArtifact;
use super::report::FunctionCheck;
use super::{FunctionChecker, read_local};
use crate::command::check::CheckArguments;
use crate::deployed::{CallFailure, FunctionName, FunctionSession, SelectedFunction};
use crate::error::CliError;
use crate::iam::join_first;
use crate::package::{Package, StageSettings};
use crate::read_values::print_names;
use crate::workspace_programs::{self, WorkspaceProgram};
use crate::{output, stage_name};

/// Why a function of a stack or of a tag is not checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Skipped {
    /// It loads no configuration, or is not a Rust program.
    WithoutConfiguration,
    /// It does not exist any more. The tags of a deleted function are listed for a while.
    Gone,
}

/// Checks the functions of `--function`, `--stack` and `--tag`.
pub(super) async fn check_named(
    arguments: &CheckArguments,
) -> Result<Vec<FunctionCheck>, CliError> {
    let stage = require_stage(arguments)?;
    let local = read_local(arguments)?;
    let settings = find_settings(arguments, stage, local.as_ref())?;
    let selection = &arguments.functions.selection;
    let (identity, named) = (&arguments.identity, &selection.function);
    let session = FunctionSession::connect(Some(stage), identity, &settings, named).await?;
    let selected = session.select(selection).await?;
    let checker = FunctionChecker::new(arguments, session, stage)?;
    let mut checks = Vec::new();
    let mut skipped = Vec::new();
    for function in &selected {
        match checker.check(function, local.as_ref()).await {
            Ok(check) => checks.push(check),
            Err(reason) => skipped.push((reason, function.name.to_string())),
        }
    }
    finish(checks, &skipped)
}

/// Checks the functions of the workspace: each binary whose Cargo.toml names a function, in the
/// stages that the arguments name. If they name none, checks all declared stages of the binary.
pub(super) async fn check_workspace(
    arguments: &CheckArguments,
) -> Result<Vec<FunctionCheck>, CliError> {
    let programs = workspace_programs::find(&arguments.artifact.build, &arguments.workspace)?;
    refuse_equal_names(&programs)?;
    let mut checks = Vec::new();
    let mut unnamed = Vec::new();
    for program in &programs {
        let Some(template) = program.package.function() else {
            unnamed.push(program.name.display());
            continue;
        };
        let local = LocalArtifact::read(&program.path)?;
        for stage in list_stages(program, &arguments.stage) {
            let check = check_program(arguments, program, template, &local, &stage).await;
            checks.push(check);
        }
    }
    print_names(
        "note: skipped, because Cargo.toml names no function for them",
        unnamed.iter().map(String::as_str),
    );
    if checks.is_empty() {
        return Err(CliError::undetermined(
            "no binary of the workspace has a deployed function in these stages",
        )
        .with_help(
            "name the function in the package's Cargo.toml: [package.metadata.stage] function = \
             \"payments-{stage}\"",
        ));
    }
    Ok(checks)
}

/// Refuses two binaries whose functions have the same name.
fn refuse_equal_names(programs: &[WorkspaceProgram]) -> Result<(), CliError> {
    let mut known: BTreeMap<String, &WorkspaceProgram> = BTreeMap::new();
    for program in programs {
        let Some(template) = program.package.function() else {
            continue;
        };
        let name = template.replace("{bin}", &program.name.name);
        let Some(other) = known.insert(name, program) else {
            continue;
        };
        return Err(CliError::undetermined(format!(
            "{} and {} have the same function in Cargo.toml",
            other.name.display(),
            program.name.display()
        ))
        .with_help(
            "write the name of the binary into it: [package.metadata.stage] function = \
             \"{bin}-{stage}\"; or leave a package out: --exclude NAME",
        ));
    }
    Ok(())
}

async fn check_program(
    arguments: &CheckArguments,
    program: &WorkspaceProgram,
    template: &str,
    local: &LocalArtifact,
    stage: &str,
) -> FunctionCheck {
    let text = template
        .replace("{bin}", &program.name.name)
        .replace("{stage}", stage);
    let problem = |problem: CliError| FunctionCheck::from_problem(text.clone(), stage, problem);
    let name = match text.parse::<FunctionName>() {
        Ok(name) => name,
        Err(error) => {
            let message = format!("`function` in Cargo.toml: {}", error.0);
            return problem(CliError::undetermined(message));
        }
    };
    let settings = program.package.stage_settings(stage);
    let named = [name.clone()];
    let session =
        match FunctionSession::connect(Some(stage), &arguments.identity, &settings, &named).await {
            Ok(session) => session,
            Err(error) => return problem(error),
        };
    let checker = match FunctionChecker::new(arguments, session, stage) {
        Ok(checker) => checker,
        Err(error) => return problem(error),
    };
    let function = SelectedFunction {
        name,
        is_named: true,
    };
    match checker.check(&function, Some(local)).await {
        Ok(check) => check,
        Err(_) => problem(CliError::undetermined(
            "the function loads no configuration",
        )),
    }
}

/// Returns the stages to check: those of the arguments, or the declared stages of the program.
fn list_stages(program: &WorkspaceProgram, given: &[String]) -> Vec<String> {
    let mut stages: Vec<String> = Vec::new();
    let declared = program
        .configs
        .iter()
        .flat_map(|(schema, _)| schema.stages.iter().map(|stage| (*stage).to_owned()));
    let wanted: Vec<String> = if given.is_empty() {
        declared.collect()
    } else {
        given.to_vec()
    };
    for stage in wanted {
        if !stages.contains(&stage) {
            stages.push(stage);
        }
    }
    stages
}

/// Prints the functions that were skipped, and returns `checks`. Returns an error if no function
/// was checked.
fn finish(
    checks: Vec<FunctionCheck>,
    skipped: &[(Skipped, String)],
) -> Result<Vec<FunctionCheck>, CliError> {
    for (reason, note) in [
        (
            Skipped::WithoutConfiguration,
            "note: skipped, because they load no configuration",
        ),
        (Skipped::Gone, "note: skipped, because they no longer exist"),
    ] {
        let names = skipped.iter().filter(|(other, _)| *other == reason);
        let names: BTreeSet<String> = names.map(|(_, name)| name.clone()).collect();
        if !names.is_empty() {
            output::eprint_line(&format!("{note}: {}", join_first(names)));
        }
    }
    if checks.is_empty() {
        return Err(CliError::undetermined(
            "no function of the stack or the tag loads a configuration",
        )
        .with_help("name the function itself: --function NAME"));
    }
    Ok(checks)
}

/// Returns the stage that the functions should have.
fn require_stage(arguments: &CheckArguments) -> Result<&str, CliError> {
    match arguments.stage.as_slice() {
        [stage] if stage.is_empty() => Err(stage_name::empty_error()),
        [stage] => Ok(stage),
        [] => Err(
            CliError::undetermined("the check of a deployed function needs a stage")
                .with_help("give the stage that the function should have: --stage STAGE"),
        ),
        _ => Err(
            CliError::undetermined("a function has one stage, and several are given")
                .with_help("run the command once for each stage"),
        ),
    }
}

/// Returns the settings of the stage in Cargo.toml. Nothing is built.
fn find_settings(
    arguments: &CheckArguments,
    stage: &str,
    local: Option<&LocalArtifact>,
) -> Result<StageSettings, CliError> {
    let schemas = match local {
        Some(local) => local.program.decode_schemas()?,
        None => Vec::new(),
    };
    let declared_in = schemas.first().map(|schema| schema.package);
    let build = &arguments.artifact.build;
    let package = (build.manifest_path.as_deref(), build.package.as_deref());
    Package::find_stage_settings(stage, package, declared_in).map_err(CliError::into_undetermined)
}

/// Returns the error of a function that could not be read.
pub(super) fn describe_missing(failure: CallFailure, name: &str) -> CliError {
    if !failure.is_missing {
        return failure.problem;
    }
    CliError::undetermined(format!("there is no function {name}"))
        .with_help("check the name, the alias or version, the region and the account")
}
