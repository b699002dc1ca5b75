//! Merges the program's report into the check of a stage.

use stage_config_core::manage::{ProgramError, ProgramFailure, ProgramReport};
use stage_config_core::schema::{Schema, Secrecy};
use stage_config_core::{Diagnostic, FailureKind};

use super::StageRun;
use super::verdict::{FieldVerdict, depends_on_deployment, is_unused_default};
use crate::command::check::examine::{ValidatedStruct, find_validated_structs};
use crate::command::check::report::{
    CheckResult, FieldCheck, FieldFailureKind, FieldResult, RunCheck, RunCheckKind, StageCheck,
    UnverifiedCounts, UnverifiedItem, UnverifiedKind, Verifier,
};
use crate::error::CliError;
use crate::session::StageSession;

/// Adds the result of the program to the check of its stage.
pub(in crate::command::check) fn merge(
    mut check: StageCheck,
    stage: &StageSession,
    run: &StageRun,
) -> StageCheck {
    let problem = match run {
        StageRun::NotStarted(problem) => {
            check.result = check.result.max(CheckResult::Unchecked);
            check.problem = Some(problem.clone());
            let detail = "the program was not started";
            RunCheck::new(RunCheckKind::NotStarted, "", detail, problem.help())
        }
        StageRun::NotVerified(problem) => problem.clone(),
        StageRun::Reported(report) => match find_problem(report, &check) {
            Some(problem) => problem,
            None => {
                let result = match &report.error {
                    Some(error) => add_load_error(&mut check, error),
                    None => merge_report(&mut check, stage, report),
                };
                check.run = Some(result);
                return check;
            }
        },
    };
    check.unverified.push(UnverifiedItem::new_for_program(
        UnverifiedKind::Run,
        problem.detail.clone(),
    ));
    check.unverified_values = UnverifiedCounts::from_fields(&check.fields, &check.unverified);
    check.run = Some(problem);
    check
}

/// Returns the reason why a report verifies nothing.
fn find_problem(report: &ProgramReport, check: &StageCheck) -> Option<RunCheck> {
    if let Some(local) = &report.local {
        let detail = format!("the program uses local values ({local}) instead of the stores");
        let help = "let the program call `local(…)` only without the variable of the stage";
        return Some(RunCheck::new(RunCheckKind::LocalValues, "", detail, help));
    }
    let has_other_fields = || {
        let reported = report.fields.iter().map(|field| field.field.as_str());
        let mut reported: Vec<&str> = reported.collect();
        let mut checked: Vec<&str> = check
            .fields
            .iter()
            .map(|field| field.field.as_str())
            .collect();
        reported.sort_unstable();
        checked.sort_unstable();
        reported != checked
    };
    if report.stage != check.stage || report.error.is_none() && has_other_fields() {
        let detail = "the program has checked another configuration of the same name";
        let help = "give the configurations different names, or different modules";
        return Some(RunCheck::new(RunCheckKind::Unreadable, "", detail, help));
    }
    None
}

/// Adds the error of a load that failed before it read any field.
fn add_load_error(check: &mut StageCheck, error: &ProgramError) -> RunCheck {
    let detail = format!("a load of the program fails: {}", error.detail);
    check.result = CheckResult::Incomplete;
    check.problem = Some(CliError::failed(detail.clone()).with_help(error.help.clone()));
    RunCheck::new(RunCheckKind::Failed, "", detail, error.help.clone())
}

fn merge_report(check: &mut StageCheck, stage: &StageSession, report: &ProgramReport) -> RunCheck {
    for field in &mut check.fields {
        let reported = report
            .fields
            .iter()
            .find(|reported| reported.field == field.field);
        if let (Some(reported), Ok(planned)) = (reported, stage.find_field(&field.field)) {
            let failure = report
                .failures
                .iter()
                .find(|failure| failure.field == field.field);
            let verdict = FieldVerdict {
                stage,
                planned,
                reported,
                failure,
            };
            verdict.apply(field);
        }
    }
    let structs = find_validated_structs(stage.plan.schema(), "")
        .into_iter()
        .filter_map(|found| StructVerdict(found).apply(check, report));
    check.unverified = structs.collect();
    check.result = CheckResult::from_fields(&check.fields);
    check.unverified_values = UnverifiedCounts::from_fields(&check.fields, &check.unverified);
    RunCheck::new(RunCheckKind::Verified, "", "", "")
}

/// The verdict on a struct that the program validates as a whole.
struct StructVerdict(ValidatedStruct);

impl StructVerdict {
    /// Adds a failure of the struct. If the struct is not verified, returns its item for the list
    /// of unverified items.
    fn apply(self, check: &mut StageCheck, report: &ProgramReport) -> Option<UnverifiedItem> {
        let ValidatedStruct {
            path,
            schema,
            mut item,
        } = self.0;
        let struct_path = path.trim_end_matches('.');
        let is_of_struct = |failure: &&ProgramFailure| failure.field == struct_path;
        let failure = report.failures.iter().find(is_of_struct);
        let fails_load = |failure: &ProgramFailure| {
            let mut fields = report.fields.iter();
            !fields.any(|field| is_unused_default(field, failure))
        };
        let is_inside = |field: &str| field != struct_path && field.starts_with(&path);
        // The program may have used variables of this machine, whose values may differ from those
        // of the deployment. Then the result of the struct is uncertain.
        let is_uncertain = check
            .fields
            .iter()
            .any(|field| is_inside(&field.field) && depends_on_deployment(field));
        match failure {
            Some(_) if is_uncertain => {
                item.verified_by = Verifier::Deployment;
                item.detail
                    .push_str(", which refuses the values with the variables of this machine");
                Some(item)
            }
            Some(failure) => {
                check.fields.push(new_failed_struct(schema, failure));
                None
            }
            // A struct with a failed field is not built, so it is not validated.
            None if report
                .failures
                .iter()
                .any(|failure| is_inside(&failure.field) && fails_load(failure)) =>
            {
                Some(item)
            }
            None if is_uncertain => {
                item.verified_by = Verifier::Deployment;
                Some(item)
            }
            None => None,
        }
    }
}

/// Returns the row of a struct that its `validate` refused.
fn new_failed_struct(schema: &'static Schema, failure: &ProgramFailure) -> FieldCheck {
    let kind = FieldFailureKind::Load(FailureKind::Invalid);
    FieldCheck {
        field: failure.field.clone(),
        type_name: schema.name,
        secret: false,
        secrecy: Secrecy::No,
        result: FieldResult::Wrong,
        sources: Vec::new(),
        source: None,
        value_version: None,
        default: None,
        failure: Some(Diagnostic::new(
            kind,
            "",
            failure.detail.clone(),
            "store values that the program's `validate` accepts together",
        )),
        unverified: Vec::new(),
        warnings: Vec::new(),
    }
}
