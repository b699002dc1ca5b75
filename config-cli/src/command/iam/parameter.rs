//! `cargo stage iam --stage-parameter`: one policy for several stages.

use std::process::ExitCode;

use stage_config_core::Help;
use stage_config_grammar::suggest;

use super::{IamArguments, print_notes, print_policy};
use crate::aws_facts::AwsFacts;
use crate::error::CliError;
use crate::iam::{ParameterStages, StageMisfits, merge_setting};
use crate::invocation;
use crate::session::{Session, StageSession};
use crate::stage_name;

/// Prints the policy.
pub(super) fn run(arguments: &IamArguments) -> Result<ExitCode, CliError> {
    if let Some(pattern) = arguments.stage.iter().find(|name| name.contains('*')) {
        let message = format!(
            "{} is a pattern, and --stage-parameter is for stages",
            stage_name::quote_name(pattern)
        );
        return Err(CliError::undetermined(message)
            .with_help("print the policy of the pattern without --stage-parameter"));
    }
    let session = Session::open(&arguments.artifact)?;
    let names = session.list_stage_names(&arguments.stage);
    if names.len() < 2 {
        return Err(
            CliError::undetermined("a stage parameter needs two or more stages")
                .with_help("print the policy of the stage: --stage STAGE"),
        );
    }
    let stages = names
        .iter()
        .map(|name| session.plan_stage(name, &arguments.identity))
        .collect::<Result<Vec<StageSession>, CliError>>()?;

    let merged = ParameterStages::from_plans(stages.iter().map(|stage| &stage.plan));
    let needs = merged
        .merge()
        .map_err(|misfits| explain_misfits(arguments, &misfits))?;
    let facts = merge_facts(&stages, arguments.kms_key.as_deref())?;
    let policy = merged.parametrize(arguments.build_policy(&needs, &facts)?);
    let stages = arguments.stage.iter();
    let stages = stages.map(|stage| format!(" --stage {}", invocation::quote(stage)));
    let command = format!(
        "cargo stage iam --stage-parameter{}",
        stages.collect::<String>()
    );
    arguments.print_role_notes(&needs, &command);
    print_notes(&facts.list_notes(), &policy, arguments.format);
    print_policy(&policy, "", arguments.format)
}

/// Returns the facts that all stages share. An account or a region that differs is unset. The
/// policy then contains a variable of the deployment tool, or a placeholder, in its place. KMS keys
/// that differ in more than the stage's name are an error.
fn merge_facts(stages: &[StageSession], kms_key: Option<&str>) -> Result<AwsFacts, CliError> {
    let all = stages
        .iter()
        .map(|stage| AwsFacts::from_settings(stage, kms_key))
        .collect::<Result<Vec<AwsFacts>, CliError>>()?;
    let find_common = |part: fn(&AwsFacts) -> Option<&String>| {
        let first = all.first().and_then(part);
        let is_common = all.iter().all(|facts| part(facts) == first);
        first.filter(|_| is_common).cloned()
    };
    let account = find_common(|facts| facts.location.account.as_ref());
    let region = find_common(|facts| facts.location.region.as_ref());
    let named: Vec<(&str, &str)> = stages
        .iter()
        .zip(&all)
        .filter_map(|(stage, facts)| Some((stage.name(), facts.keys.named.as_deref()?)))
        .collect();
    let key = match named.len() {
        0 => None,
        count => Some(
            merge_setting(&named)
                .filter(|_| count == stages.len())
                .ok_or_else(kms_keys_error)?,
        ),
    };

    let mut facts = AwsFacts::default();
    facts.location.account = account;
    facts.location.region = region;
    facts.keys.named = key;
    Ok(facts)
}

fn kms_keys_error() -> CliError {
    CliError::failed("the stages' values of `kms_key` differ in more than the name of the stage")
        .with_help("give --kms-key KEY, or print a policy for each stage: --stage STAGE")
}

fn explain_misfits(arguments: &IamArguments, misfits: &StageMisfits) -> CliError {
    let names: Vec<&str> = misfits
        .others
        .iter()
        .map(|(stage, _)| stage.as_str())
        .collect();
    let mut lines = vec![format!(
        "a stage parameter does not fit {}, because more than the stage's name differs:",
        suggest::format_list(&names)
    )];
    for (stage, reasons) in &misfits.others {
        lines.extend(
            reasons
                .iter()
                .map(|reason| format!("  `{stage}`: {reason}")),
        );
    }
    let format = clap::ValueEnum::to_possible_value(&arguments.format);
    let format = format.map(|value| format!(" --format {}", value.get_name()));
    let format = format.unwrap_or_default();
    let build_command =
        |stage: &str| format!("{}{format}", invocation::stage_command("iam", stage));
    let help = match misfits.fitting.as_slice() {
        [] | [_] => Help::run_to(
            "let the sources differ only by the stage's name, or print a policy for each stage",
            build_command(names.first().copied().unwrap_or("STAGE")),
        ),
        fitting => {
            let stages: String = fitting
                .iter()
                .map(|stage| format!(" --stage {}", invocation::quote(stage)))
                .collect();
            Help::run_to(
                "let the sources differ only by the stage's name, or print a separate policy for \
                 each of these stages (--stage STAGE), and one policy for all other stages",
                format!("cargo stage iam --stage-parameter{stages}{format}"),
            )
        }
    };
    CliError::failed(lines).with_help(help)
}
